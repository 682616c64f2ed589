package io.mambapkd.train.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.checkpoint.TensorFile;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.results.SavedTraining;
import io.mambapkd.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Saves in the folder of a run that has not ended. */
@Tag("run")
final class VerifiedSavesTest extends VerifiedRun {
    @Test
    void aChangedSaveIsDamaged() throws IOException {
        Files.createDirectories(place("saves"));
        String name = "saves/000001.safetensors";
        CheckpointState state = CheckpointState.read(
                Checkpoint.label(place(checkpoint("teacher"))).metadata().get(Checkpoint.Label.STATE), "teacher");
        SavedTraining training = new SavedTraining("d", 3, 20, 1.5, 7, 2, List.of());
        DurableFiles.write(
                place(name),
                TensorFile.content(
                        Map.of(
                                "save.format",
                                "1",
                                "save.training",
                                training.write(),
                                Checkpoint.Label.STATE,
                                state.write()),
                        Map.of("parameters", new float[] {1, 2, 3})));
        assertThat(notWhole()).isEmpty();

        int size = (int) Files.size(place(name));
        for (int at = 0; at < size; at += 37) {
            flip(name, at);
            assertThat(notWhole()).as("byte %d", at).containsExactly(Map.entry(name, FileState.DAMAGED));
            flip(name, at);
        }
    }
}
