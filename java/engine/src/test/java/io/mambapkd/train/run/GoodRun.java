package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.checkpoint.Safetensors;
import io.mambapkd.checkpoint.TensorFile;
import io.mambapkd.results.SavedTraining;
import io.mambapkd.results.SummaryJson;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.Sha256;
import io.mambapkd.train.step.TrainingState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * What a run without a failure did and left, to hold against it what one with a failure has left.
 *
 * @param result what it left
 * @param calls that it made
 * @param saved states that it saved
 */
record GoodRun(RunResult result, List<FailingRun.Call> calls, List<FailingRun.Saved> saved) {
    /**
     * Asserts that every file of a run is whole and holds what it would hold without the failure.
     *
     * @param lastCall number of calls that the newest save may have been made after
     * @return number of saves and checkpoints
     */
    int requireWhole(Path run, int lastCall) throws IOException {
        RunFolder folder = RunFolder.open(run);
        List<Path> checkpoints = Files.isDirectory(folder.checkpoints()) ? folder.finished() : List.of();
        for (Path file : checkpoints) {
            Safetensors.read(file).tensors().forEach(tensor -> requireFinite(file, tensor.name(), tensor.floats()));
            assertThat(Sha256.hex(Files.readAllBytes(file)))
                    .as(file.toString())
                    .isEqualTo(result.checkpoints().get(String.valueOf(file.getFileName())));
        }
        List<Path> saves = files(folder.saves());
        for (Path file : saves) {
            requireSave(file, lastCall);
        }
        assertThat(result.epochs())
                .as("metrics of " + run)
                .containsAll(new MetricsHistory(folder)
                        .of(stage -> true).stream().map(RunResult::timeless).toList());
        if (Files.exists(folder.summary())) {
            byte[] summary = SummaryJson.write(SummaryJson.read(Files.readAllBytes(folder.summary()), "summary"));
            assertThat(RunResult.timeless(new String(summary, StandardCharsets.UTF_8)))
                    .isEqualTo(result.summary());
        }
        return checkpoints.size() + saves.size();
    }

    /** How far a run is, of which {@link #requireWhole} holds: names of its files, what was saved last, number of its epochs. */
    static String state(Path run) throws IOException {
        RunFolder folder = RunFolder.open(run);
        List<String> names;
        try (var all = Files.walk(run)) {
            names = all.map(file -> run.relativize(file).toString()).sorted().toList();
        }
        List<String> saves = files(folder.saves()).stream()
                .map(file -> TensorFile.read(file).metadata().get("save.training"))
                .map(text -> SavedTraining.read(text, "save"))
                .map(training -> training.stage() + " " + training.step())
                .toList();
        return names + " " + saves + " "
                + new MetricsHistory(folder).of(stage -> true).size();
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var all = Files.list(folder)) {
            return all.sorted(Comparator.reverseOrder()).toList();
        }
    }

    private void requireSave(Path file, int lastCall) {
        TensorFile content = TensorFile.read(file);
        SavedTraining training = SavedTraining.read(content.metadata().get("save.training"), file.toString());
        FailingRun.Saved same = saved.stream()
                .filter(save -> isOf(training, save.state()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no save of " + training.stage() + " at step " + training.step()
                        + " was made without the failure: " + file));
        assertThat(same.calls()).as("calls before %s", file).isLessThanOrEqualTo(lastCall);
        assertThat(content.vectors()).hasSameSizeAs(same.state().tensors());
        content.vectors().forEach((name, values) -> {
            requireFinite(file, name, values);
            assertThat(values)
                    .as("%s of %s", name, file)
                    .isEqualTo(same.state().tensors().get(name));
        });
    }

    private static boolean isOf(SavedTraining training, TrainingState state) {
        return state.stage().equals(training.stage()) && state.step() == training.step();
    }

    private static void requireFinite(Path file, String name, float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new AssertionError(name + " of " + file + " has " + value);
            }
        }
    }

    /** Asserts that a run that was gone on with has left the same, but for the lines of epochs that it has trained again. */
    void requireSame(RunResult other) {
        assertThat(other.files().stream()
                        .filter(file -> !file.equals("metrics.dropped.jsonl"))
                        .toList())
                .isEqualTo(result.files());
        assertThat(other.checkpoints()).isEqualTo(result.checkpoints());
        assertThat(other.epochs()).isEqualTo(result.epochs());
        assertThat(other.summary()).isEqualTo(result.summary());
    }
}
