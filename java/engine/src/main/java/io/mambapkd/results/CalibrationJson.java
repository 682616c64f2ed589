package io.mambapkd.results;

import io.mambapkd.InputException;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;

/**
 * calibration.json: one {@link CalibrationRecord} as UTF-8 JSON, indented by two spaces, lines ended by {@code \n}. Keys are the names of the record components, in their order; every number is
 * finite; null are the rules of a drop that nothing certifies.
 */
public final class CalibrationJson {
    private static final DefaultPrettyPrinter PRINTER =
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));

    private static final String VERSION = "formatVersion";
    private static final Pattern MAY_BE_NULL = Pattern.compile("drops\\[\\d+]\\.(regret|largestProbability)");

    private CalibrationJson() {}

    /**
     * The file's bytes.
     *
     * @throws IllegalArgumentException if a number is not finite; the message names its key
     */
    public static byte[] write(CalibrationRecord calibration) {
        StrictJson.forEachValue(StrictJson.MAPPER.valueToTree(calibration), (path, node) -> {
            if (!isAllowed(path, node)) {
                throw new IllegalArgumentException("calibration.json: " + path + " is " + node.asString());
            }
        });
        return StrictJson.bytes(StrictJson.MAPPER.writer().with(PRINTER).writeValueAsString(calibration));
    }

    /**
     * What {@link #write} wrote.
     *
     * @param where the file, for messages
     * @throws InputException if this is no calibration of this format version
     */
    public static CalibrationRecord read(byte[] json, String where) {
        try {
            JsonNode tree = StrictJson.MAPPER.readTree(json);
            JsonNode version = tree.path(VERSION);
            if (!version.isInt()) {
                throw new InputException(where + ": expected the calibration of a run, but it has no formatVersion");
            }
            if (version.intValue() != CalibrationRecord.FORMAT_VERSION) {
                throw new InputException(where + ": expected format version " + CalibrationRecord.FORMAT_VERSION
                        + ", got " + version.intValue() + "; read it with the version of mamba-pkd that wrote it");
            }
            StrictJson.forEachValue(tree, (path, node) -> {
                if (!isAllowed(path, node)) {
                    throw new InputException(
                            where + ": " + path + " must be a finite number or a text, got " + node.asString());
                }
            });
            return StrictJson.MAPPER.readValue(json, CalibrationRecord.class);
        } catch (JacksonException e) {
            throw StrictJson.unreadable(where, "the calibration of a run", e);
        }
    }

    private static boolean isAllowed(String path, JsonNode node) {
        if (node.isNull()) {
            return MAY_BE_NULL.matcher(path).matches();
        }
        return !node.isNumber() || Double.isFinite(node.doubleValue());
    }
}
