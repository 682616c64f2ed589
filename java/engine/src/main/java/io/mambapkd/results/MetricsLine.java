package io.mambapkd.results;

import io.mambapkd.InputException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * metrics.jsonl: one {@link EpochRecord} a line. JSON has no way to write a number that is not finite (the loss of a run that diverged), so it
 * becomes {@code null}, which reads back as NaN.
 */
public final class MetricsLine {
    private MetricsLine() {}

    /** One line of JSON, without the line break. */
    public static String write(EpochRecord epoch) {
        ObjectNode tree = StrictJson.MAPPER.valueToTree(epoch);
        tree.properties().stream()
                .filter(entry -> entry.getValue().isNumber())
                .filter(entry -> !Double.isFinite(entry.getValue().doubleValue()))
                .map(Map.Entry::getKey)
                .toList()
                .forEach(tree::putNull);
        return StrictJson.MAPPER.writeValueAsString(tree);
    }

    /**
     * What {@link #write} wrote.
     *
     * @param where the file and line, for messages
     * @throws InputException if the line holds anything else
     */
    public static EpochRecord read(String line, String where) {
        try {
            JsonNode tree = StrictJson.MAPPER.readTree(line);
            if (!(tree instanceof ObjectNode object)) {
                throw new InputException(where + ": expected the record of an epoch, a JSON object");
            }
            Arrays.stream(EpochRecord.class.getRecordComponents())
                    .filter(component -> component.getType() == double.class)
                    .map(RecordComponent::getName)
                    .filter(name -> object.path(name).isNull())
                    .forEach(name -> object.put(name, Double.NaN));
            return StrictJson.MAPPER.treeToValue(tree, EpochRecord.class);
        } catch (JacksonException e) {
            throw StrictJson.unreadable(where, "the record of an epoch", e);
        }
    }
}
