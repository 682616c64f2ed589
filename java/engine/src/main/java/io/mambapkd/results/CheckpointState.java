package io.mambapkd.results;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a checkpoint says of its model: of which run it is, which model, what it was trained on and with which settings. JSON in the metadata of the file. It is a function of
 * settings, data and position alone, so that two runs of one configuration give the same files.
 *
 * @param run id of the run: 16 hexadecimal digits
 * @param model {@code teacher}, a student's name, or a control's
 * @param position 0 for the teacher, from 1 for students in the order of training; that of its group for a control
 * @param students names of all students of the run, in order
 * @param settings of the run that decide what its models are, flat: {@code student.alpha} to {@code 0.1}
 * @param data of the run
 * @param frozen SHA-256 of the checkpoints that were finished before and that the model was distilled from: file name to hash, in order
 * @param origin id of the run that trained the model, where it was taken from another run; else empty
 */
public record CheckpointState(
        String run,
        String model,
        int position,
        List<String> students,
        Map<String, String> settings,
        DataRecord data,
        Map<String, String> frozen,
        String origin) {
    public CheckpointState {
        students = List.copyOf(students);
        settings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        frozen = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(frozen));
    }

    /** One line of JSON. */
    public String write() {
        return StrictJson.MAPPER.writeValueAsString(this);
    }

    /**
     * What {@link #write} wrote.
     *
     * @param where the file, for messages
     * @throws io.mambapkd.InputException if it is anything else
     */
    public static CheckpointState read(String json, String where) {
        try {
            JsonNode tree = StrictJson.MAPPER.readTree(json);
            return tree.path("data") instanceof ObjectNode data && DataRecord.fillUp(data)
                    ? StrictJson.MAPPER.treeToValue(tree, CheckpointState.class)
                    : StrictJson.MAPPER.readValue(json, CheckpointState.class);
        } catch (JacksonException e) {
            throw StrictJson.unreadable(where, "the state of a model of a run", e);
        }
    }
}
