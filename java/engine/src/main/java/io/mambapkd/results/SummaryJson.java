package io.mambapkd.results;

import io.mambapkd.InputException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * summary.json: one {@link RunSummary} as UTF-8 JSON, indented by two spaces, lines ended by {@code \n}. Keys are the names of the record
 * components, in their order; every number is finite; only {@code teacher.testAccuracy} may be null.
 */
public final class SummaryJson {
    private static final DefaultPrettyPrinter PRINTER =
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));

    private static final String VERSION = "formatVersion";
    private static final String FALLBACKS = "fallbacks";
    private static final int WITHOUT_FALLBACKS = 1;

    private SummaryJson() {}

    /**
     * The file's bytes.
     *
     * @throws IllegalArgumentException if a number is not finite; the message names its key
     */
    public static byte[] write(RunSummary summary) {
        JsonNode tree = StrictJson.MAPPER.valueToTree(summary);
        StrictJson.forEachValue(tree, (path, node) -> {
            if (!isAllowed(path, node)) {
                throw new IllegalArgumentException("summary.json: " + path + " is " + node.asString());
            }
        });
        String text = StrictJson.MAPPER.writer().with(PRINTER).writeValueAsString(summary);
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * What {@link #write} wrote, now or in format version 1, which had no fallbacks.
     *
     * @param where the file, for messages
     * @throws InputException if this is no summary of these format versions
     */
    public static RunSummary read(byte[] json, String where) {
        try {
            JsonNode tree = StrictJson.MAPPER.readTree(json);
            JsonNode version = tree.path(VERSION);
            if (!version.isInt()) {
                throw new InputException(where + ": expected the summary of a run, but it has no formatVersion");
            }
            boolean first = version.intValue() == WITHOUT_FALLBACKS;
            if (version.intValue() != RunSummary.FORMAT_VERSION && !first) {
                throw new InputException(where + ": expected format version " + RunSummary.FORMAT_VERSION + ", got "
                        + version.intValue() + "; read it with the version of mamba-pkd that wrote it");
            }
            StrictJson.forEachValue(tree, (path, node) -> {
                if (!isAllowed(path, node)) {
                    throw new InputException(
                            where + ": " + path + " must be a finite number or a text, got " + node.asString());
                }
            });
            if (first && tree instanceof ObjectNode object && !object.has(FALLBACKS)) {
                object.put(VERSION, RunSummary.FORMAT_VERSION).putArray(FALLBACKS);
                return StrictJson.MAPPER.treeToValue(object, RunSummary.class);
            }
            return StrictJson.MAPPER.readValue(json, RunSummary.class);
        } catch (JacksonException e) {
            throw StrictJson.unreadable(where, "the summary of a run", e);
        }
    }

    private static boolean isAllowed(String path, JsonNode node) {
        if (node.isNull()) {
            return path.equals("teacher.testAccuracy");
        }
        return !node.isNumber() || Double.isFinite(node.doubleValue());
    }
}
