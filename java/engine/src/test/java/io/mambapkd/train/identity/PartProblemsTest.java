package io.mambapkd.train.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.checkpoint.Checkpoint.Label;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.results.DataRecord;
import io.mambapkd.storage.RunFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartProblemsTest {
    private static final DataRecord DATA = new DataRecord(
            "d", "2x2x1", List.of("a", "b"), List.of(0.1f), List.of(0.3f), 3, 0, 2, 1, "one", "", "two", "three");

    @TempDir
    private Path place;

    private static CheckpointState state(String model, int position) {
        return new CheckpointState("0", model, position, List.of("x", "y"), Map.of(), DATA, Map.of(), "");
    }

    @Test
    void teacherAndStudentsHaveAPlaceInTheChainAndControlsHaveNone() {
        RunFolder folder = RunFolder.create(place.resolve("run"));
        Label model = new Label(Map.of(), "");
        Label control = new Label(Map.of("control", "group-conv"), "");

        assertThat(PartProblems.place(folder, model, state("teacher", 0))).contains(folder.teacher());
        assertThat(PartProblems.place(folder, model, state("y", 2))).contains(folder.student(2, "y"));
        assertThat(PartProblems.place(folder, control, state("y", 2))).isEmpty();
    }
}
