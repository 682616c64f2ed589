package io.mambapkd.results;

import java.util.List;
import tools.jackson.core.JacksonException;

/**
 * What a save of a training says of itself beside which run it is of: JSON in the metadata of its file.
 *
 * @param stage that is trained
 * @param step number of steps taken
 * @param steps number of steps in all
 * @param lossSum of the steps of the epoch that is not ended
 * @param correct right answers in these steps
 * @param seconds that this epoch has taken
 * @param epochs that are ended, as the lines of metrics.jsonl
 */
public record SavedTraining(
        String stage, long step, long steps, double lossSum, double correct, double seconds, List<String> epochs) {
    public SavedTraining {
        epochs = List.copyOf(epochs);
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
    public static SavedTraining read(String json, String where) {
        try {
            return StrictJson.MAPPER.readValue(json, SavedTraining.class);
        } catch (JacksonException e) {
            throw StrictJson.unreadable(where, "the state of a training", e);
        }
    }
}
