package io.mambapkd.train.save;

import io.mambapkd.InputException;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.checkpoint.NewerFormatException;
import io.mambapkd.checkpoint.TensorFile;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.results.MetricsLine;
import io.mambapkd.results.SavedTraining;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.train.step.TrainingState;
import java.nio.file.Path;
import java.util.Map;

/**
 * One save: the tensors of a training, which run it is of, and how far it is.
 *
 * @param run which run, and the checkpoints that were finished
 * @param training how far
 * @param vectors parameters, buffers, the optimizer's and averages, flat
 */
public record SaveFile(CheckpointState run, SavedTraining training, Map<String, float[]> vectors) {
    private static final String FORMAT_KEY = "save.format";
    private static final String TRAINING_KEY = "save.training";
    private static final String FORMAT = "1";

    /** A save of a state. */
    static SaveFile of(CheckpointState run, TrainingState state) {
        SavedTraining training = new SavedTraining(
                state.stage(),
                state.step(),
                state.steps(),
                state.lossSum(),
                state.correct(),
                state.seconds(),
                state.epochs().stream().map(MetricsLine::write).toList());
        return new SaveFile(run, training, state.tensors());
    }

    /** What {@link #content} wrote, as a state. */
    TrainingState state(String where) {
        return new TrainingState(
                training.stage(),
                training.step(),
                training.steps(),
                training.lossSum(),
                training.correct(),
                training.seconds(),
                training.epochs().stream()
                        .map(line -> MetricsLine.read(line, where))
                        .toList(),
                vectors);
    }

    DurableFiles.Content content() {
        Map<String, String> metadata =
                Map.of(FORMAT_KEY, FORMAT, TRAINING_KEY, training.write(), Checkpoint.Label.STATE, run.write());
        return TensorFile.content(metadata, vectors);
    }

    /**
     * Reads a save.
     *
     * @throws NewerFormatException if it is of a later version of the program
     * @throws InputException if it cannot be read or was changed
     */
    static SaveFile read(Path file) {
        return of(TensorFile.read(file), file.toString());
    }

    /**
     * Checks the bytes of a save.
     *
     * @param where names the file in messages
     * @throws InputException if they were changed, or are of a later version of the program
     */
    public static void check(byte[] bytes, String where) {
        of(TensorFile.parse(bytes, where), where);
    }

    private static SaveFile of(TensorFile content, String where) {
        String format = content.metadata().getOrDefault(FORMAT_KEY, "none");
        if (!format.equals(FORMAT)) {
            throw new NewerFormatException("a save", FORMAT, format, where);
        }
        return new SaveFile(
                CheckpointState.read(content.metadata().getOrDefault(Checkpoint.Label.STATE, ""), where),
                SavedTraining.read(content.metadata().getOrDefault(TRAINING_KEY, ""), where),
                content.vectors());
    }
}
