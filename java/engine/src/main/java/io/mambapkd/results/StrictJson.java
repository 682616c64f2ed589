package io.mambapkd.results;

import io.mambapkd.InputException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/** How this package reads and writes JSON: keys in the order of the records' components, nothing missing, unknown, repeated or coerced. */
final class StrictJson {
    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // Double.toString changed in JDK 19; this writer gives the same digits on every JDK.
                    .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                    .build())
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    /** What Jackson adds for programmers. */
    private static final Pattern PARSER_TERMS = Pattern.compile(": was expecting .*| \\(start marker .*");

    /** What a terminal may obey and JSON allows as it is: DEL, the control characters behind it, and marks that turn or break lines. */
    private static final Pattern OBEYED = Pattern.compile("[\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]");

    private StrictJson() {}

    /** Lines of JSON as a file in UTF-8. Characters that a terminal may obey are escaped; they can only be within texts. */
    static byte[] bytes(String json) {
        return (escaped(json) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** The same JSON, its characters that a terminal may obey escaped. */
    static String escaped(String json) {
        return OBEYED.matcher(json)
                .replaceAll(
                        match -> String.format("\\\\u%04X", (int) match.group().charAt(0)));
    }

    /** Calls {@code visitor} with the path, such as {@code students[2].flops}, and the node of every value that holds no others. */
    static void forEachValue(JsonNode root, BiConsumer<String, JsonNode> visitor) {
        visit("", root, visitor);
    }

    private static void visit(String path, JsonNode node, BiConsumer<String, JsonNode> visitor) {
        if (node.isObject()) {
            String prefix = path.isEmpty() ? "" : path + ".";
            node.properties().forEach(entry -> visit(prefix + entry.getKey(), entry.getValue(), visitor));
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                visit(path + "[" + i + "]", node.get(i), visitor);
            }
        } else {
            visitor.accept(path, node);
        }
    }

    /** One sentence on text that could not be read: where, what, which key. */
    static InputException unreadable(String where, String expected, JacksonException cause) {
        StringBuilder message = new StringBuilder(where);
        TokenStreamLocation location = cause.getLocation();
        if (location != null && location.getLineNr() > 1) {
            message.append(", line ").append(location.getLineNr());
        }
        String path = path(cause.getPath());
        if (!path.isEmpty()) {
            message.append(", key ").append(path);
        }
        message.append(": expected ").append(expected);
        if (cause instanceof UnexpectedEndOfInputException) {
            message.append(", got only the beginning of one");
        } else {
            String detail = cause.getOriginalMessage().lines().findFirst().orElse("");
            message.append(", but ").append(PARSER_TERMS.matcher(detail).replaceFirst(""));
        }
        return new InputException(message.toString(), cause);
    }

    private static String path(List<JacksonException.Reference> references) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference reference : references) {
            if (reference.getPropertyName() == null) {
                path.append('[').append(reference.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(reference.getPropertyName());
            }
        }
        return path.toString();
    }
}
