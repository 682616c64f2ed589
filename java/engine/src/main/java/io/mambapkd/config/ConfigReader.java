package io.mambapkd.config;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigNode.Sequence;
import io.mambapkd.config.ConfigNode.Style;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads the part of YAML that settings need: groups of keys, lists, single values. It works on the parser's events, before anything is constructed, so
 * that what YAML could do beyond that never happens: anchors, aliases, tags, merge keys, duplicate keys and second documents are errors that name the
 * line. Files end at 256 kB, groups and lists at 16 levels.
 */
public final class ConfigReader {
    private static final int LARGEST_BYTES = 256 * 1024;
    private static final int DEEPEST = 16;
    /** Editors on Windows put it in front of a text. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final IntFunction<String> originOfLine;
    private final Iterator<Event> events;

    private ConfigReader(String text, String file, IntFunction<String> originOfLine) {
        this.originOfLine = originOfLine;
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setCodePointLimit(LARGEST_BYTES)
                .build();
        events = new Parse(settings).parseString(text).iterator();
    }

    /** @throws InputException if the file cannot be read or is not such YAML */
    public static Mapping file(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LARGEST_BYTES + 1);
        } catch (IOException e) {
            String reason = Files.isDirectory(file) ? "it is a folder" : FileFailure.reason(e);
            throw new InputException(
                    "cannot read the settings file " + file + ": " + reason + "; name a YAML file that can be read", e);
        }
        return content(bytes, file.toString());
    }

    /**
     * What a file holds.
     *
     * @param file its name, for errors
     * @throws InputException if it is not such YAML
     */
    public static Mapping content(byte[] bytes, String file) {
        if (bytes.length > LARGEST_BYTES) {
            throw new InputException("the settings file " + file + " is larger than 256 kB; is it the right file?");
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text(text, file);
        } catch (CharacterCodingException e) {
            throw new InputException(
                    "the settings file " + file + " is not UTF-8 text, as line " + lineOfBadByte(bytes)
                            + " shows; save it as UTF-8, or name the right file",
                    e);
        }
    }

    /** The first line that does not decode. */
    private static int lineOfBadByte(byte[] bytes) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        // Stops in front of the bad byte.
        StandardCharsets.UTF_8.newDecoder().decode(rest, CharBuffer.allocate(bytes.length), true);
        int line = 1;
        for (int i = 0; i < rest.position(); i++) {
            line += bytes[i] == '\n' ? 1 : 0;
        }
        return line;
    }

    /** @param name of the file, for errors */
    public static Mapping text(String text, String name) {
        ConfigNode root = new ConfigReader(
                        text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text,
                        name,
                        line -> name + " line " + line)
                .document();
        if (root instanceof Scalar scalar && scalar.text().isEmpty() && scalar.style() == Style.PLAIN) {
            return new Mapping(Map.of(), name);
        }
        if (root instanceof Mapping mapping) {
            return new Mapping(mapping.entries(), name);
        }
        boolean joined = root instanceof Scalar scalar && scalar.text().matches("(?s)[\\w.-]+ ?[:=].*");
        throw root.error("expected keys with values, got " + root.describe()
                + (joined ? "; write KEY: VALUE, with a space after the colon" : ""));
    }

    /** One value, such as {@code 0.2} or {@code [16, 32]}. */
    static ConfigNode value(String text, String origin) {
        return new ConfigReader(text, origin, line -> origin).document();
    }

    private ConfigNode document() {
        try {
            next(); // start of stream
            Event event = next();
            if (event.getEventId() == Event.ID.StreamEnd) {
                return new Scalar("", Style.PLAIN, originOfLine.apply(1));
            }
            ConfigNode root = node(next(), 1, null);
            next(); // end of document
            Event last = next();
            if (last.getEventId() != Event.ID.StreamEnd) {
                throw error(last, "a second document begins; keep one");
            }
            return root;
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            String problem = oneLine(e.getProblem());
            throw new InputException(
                    originOfLine.apply(line) + ": "
                            + (problem.contains("TAB")
                                    ? "the line has a tab where YAML takes spaces alone; replace it by spaces"
                                    : "this is not valid YAML: " + problem),
                    e);
        } catch (YamlEngineException e) {
            throw new InputException(originOfLine.apply(1) + ": this is not valid YAML: " + oneLine(e.getMessage()), e);
        }
    }

    private Event next() {
        return events.next();
    }

    private ConfigNode node(Event event, int depth, @Nullable String keyOrigin) {
        refuseWhatSettingsDoNotNeed(event);
        if (depth > DEEPEST) {
            throw error(event, "groups and lists are nested deeper than " + DEEPEST + " levels");
        }
        String origin = keyOrigin == null ? origin(event) : keyOrigin;
        return switch (event.getEventId()) {
            case Scalar -> {
                ScalarEvent scalar = (ScalarEvent) event;
                yield new Scalar(scalar.getValue(), scalar.isPlain() ? Style.PLAIN : Style.QUOTED, origin);
            }
            case SequenceStart -> sequence(depth, origin);
            case MappingStart -> mapping(depth, origin);
            default -> throw error(event, "expected a value");
        };
    }

    private Sequence sequence(int depth, String origin) {
        List<ConfigNode> items = new ArrayList<>();
        for (Event event = next(); event.getEventId() != Event.ID.SequenceEnd; event = next()) {
            items.add(node(event, depth + 1, null));
        }
        return new Sequence(items, origin);
    }

    private Mapping mapping(int depth, String origin) {
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        for (Event event = next(); event.getEventId() != Event.ID.MappingEnd; event = next()) {
            refuseWhatSettingsDoNotNeed(event);
            if (!(event instanceof ScalarEvent key)) {
                throw error(event, "a key must be a single word");
            }
            if (key.getValue().equals("<<")) {
                throw error(event, "merge keys (<<) are not supported; write the keys out");
            }
            ConfigNode value = node(next(), depth + 1, origin(event));
            if (entries.put(key.getValue(), value) != null) {
                throw error(event, "key " + ConfigNode.quoted(key.getValue()) + " is given twice");
            }
        }
        return new Mapping(entries, origin);
    }

    private void refuseWhatSettingsDoNotNeed(Event event) {
        if (event instanceof AliasEvent) {
            throw error(event, "aliases (*name) are not supported; write the value out");
        }
        if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
            throw error(event, "anchors (&name) are not supported; write the value out");
        }
        boolean tagged = event instanceof ScalarEvent scalar && scalar.getTag().isPresent()
                || event instanceof CollectionStartEvent collection
                        && collection.getTag().isPresent();
        if (tagged) {
            throw error(event, "tags (!name) are not supported; put text that begins with ! in quotes");
        }
    }

    private String origin(Event event) {
        return originOfLine.apply(
                event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1));
    }

    private InputException error(Event event, String message) {
        return new InputException(origin(event) + ": " + message);
    }

    private static String oneLine(@Nullable String text) {
        return text == null ? "unexpected end" : text.strip().replaceAll("\\s+", " ");
    }
}
