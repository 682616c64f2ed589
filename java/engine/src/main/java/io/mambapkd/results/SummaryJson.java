package io.mambapkd.results;

import io.mambapkd.InputException;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * summary.json: one {@link RunSummary} as UTF-8 JSON, indented by two spaces, lines ended by {@code \n}. Keys are the names of the record
 * components, in their order; every number is finite; null are {@code teacher.testAccuracy}, {@code teacher.views}, {@code students[].blocksShare}, {@code students[].padding}, {@code controls[].comparison} and what {@code perClass} has no number for, where that is so.
 */
public final class SummaryJson {
    private static final DefaultPrettyPrinter PRINTER =
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));

    private static final String VERSION = "formatVersion";
    private static final String FALLBACKS = "fallbacks";
    private static final String DATA = "data";
    private static final String CONFUSION = "confusion";
    private static final int WITHOUT_FALLBACKS = 1;
    private static final int WITHOUT_VIEWS = 3;
    private static final int WITHOUT_COMPARISONS = 4;
    private static final int WITHOUT_PARTS = 5;
    private static final int WITHOUT_CALIBRATION = 6;
    private static final Pattern MAY_BE_NULL = Pattern.compile(
            "teacher\\.(testAccuracy|views)|students\\[\\d+]\\.(blocksShare|padding)|controls\\[\\d+]\\.comparison|fit(\\.(teacherBatches|group|groupBatches))?|data|perClass\\.(group|earlyExit|teacher)(\\.(accuracy|precision)\\[\\d+])?");

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
        return StrictJson.bytes(text);
    }

    /**
     * What {@link #write} wrote, now or in an older format: version 1 had no fallbacks, version 2 no names and numbers of classes, no fit and no data,
     * version 3 no views, version 4 no comparisons of controls with the group, version 5 no parts of students, version 6 no calibration images. The numbers of the group are then those of its confusion matrix.
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
            boolean older = version.intValue() >= WITHOUT_FALLBACKS && version.intValue() <= WITHOUT_CALIBRATION;
            if (version.intValue() != RunSummary.FORMAT_VERSION && !older) {
                throw new InputException(where + ": expected format version " + RunSummary.FORMAT_VERSION + ", got "
                        + version.intValue() + "; read it with the version of mamba-pkd that wrote it");
            }
            StrictJson.forEachValue(tree, (path, node) -> {
                if (!isAllowed(path, node)) {
                    throw new InputException(
                            where + ": " + path + " must be a finite number or a text, got " + node.asString());
                }
            });
            requireSquare(tree, where);
            boolean fills = tree.get(DATA) instanceof ObjectNode data && DataRecord.fillUp(data);
            if (older && tree instanceof ObjectNode object) {
                upgrade(object, version.intValue());
            }
            return older || fills
                    ? StrictJson.MAPPER.treeToValue(tree, RunSummary.class)
                    : StrictJson.MAPPER.readValue(json, RunSummary.class);
        } catch (JacksonException e) {
            throw StrictJson.unreadable(where, "the summary of a run", e);
        }
    }

    /** Adds what an older format had not. */
    private static void upgrade(ObjectNode object, int version) {
        object.put(VERSION, RunSummary.FORMAT_VERSION);
        object.putIfAbsent(
                "calibrationImages", StrictJson.MAPPER.getNodeFactory().numberNode(0));
        if (version == WITHOUT_CALIBRATION) {
            return;
        }
        for (JsonNode student : object.path("students")) {
            if (student instanceof ObjectNode fields) {
                fields.putIfAbsent("blocksShare", StrictJson.MAPPER.nullNode());
                fields.putIfAbsent("padding", StrictJson.MAPPER.nullNode());
            }
        }
        if (version == WITHOUT_PARTS) {
            return;
        }
        for (JsonNode control : object.path("controls")) {
            if (control instanceof ObjectNode fields) {
                fields.putIfAbsent("comparison", StrictJson.MAPPER.nullNode());
            }
        }
        if (version == WITHOUT_COMPARISONS) {
            return;
        }
        if (object.get("teacher") instanceof ObjectNode teacher) {
            teacher.putIfAbsent("views", StrictJson.MAPPER.nullNode());
        }
        if (version == WITHOUT_VIEWS) {
            return;
        }
        if (version == WITHOUT_FALLBACKS) {
            object.putIfAbsent(FALLBACKS, StrictJson.MAPPER.createArrayNode());
        }
        object.putIfAbsent("fit", StrictJson.MAPPER.nullNode());
        object.putIfAbsent(DATA, StrictJson.MAPPER.nullNode());
        if (object.has(CONFUSION)) {
            List<List<Integer>> group = StrictJson.MAPPER.treeToValue(object.get(CONFUSION), new TypeReference<>() {});
            object.putIfAbsent("earlyExitConfusion", StrictJson.MAPPER.createArrayNode());
            object.putIfAbsent("teacherConfusion", StrictJson.MAPPER.createArrayNode());
            object.putIfAbsent("classNames", StrictJson.MAPPER.createArrayNode());
            object.putIfAbsent(
                    "perClass", StrictJson.MAPPER.valueToTree(RunSummary.PerClass.of(group, List.of(), List.of())));
        }
    }

    /** @throws InputException if a confusion matrix that is there has not as many columns as rows */
    private static void requireSquare(JsonNode tree, String where) {
        for (String key : List.of(CONFUSION, "earlyExitConfusion", "teacherConfusion")) {
            JsonNode matrix = tree.path(key);
            for (int row = 0; row < matrix.size(); row++) {
                int columns = matrix.path(row).size();
                if (columns != matrix.size()) {
                    throw new InputException(where + ": " + key + " must have as many columns as rows, got "
                            + matrix.size() + " rows, of which row " + (row + 1) + " has " + columns + " columns");
                }
            }
        }
    }

    private static boolean isAllowed(String path, JsonNode node) {
        if (node.isNull()) {
            return MAY_BE_NULL.matcher(path).matches();
        }
        return !node.isNumber() || Double.isFinite(node.doubleValue());
    }
}
