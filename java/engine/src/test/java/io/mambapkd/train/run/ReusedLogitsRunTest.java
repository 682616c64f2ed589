package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.checkpoint.Safetensors;
import io.mambapkd.checkpoint.StoredTensor;
import io.mambapkd.data.Dataset;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose students read the logits of their group. */
@Tag("run")
class ReusedLogitsRunTest {
    private static final Duration NEVER = Duration.ofDays(1);

    /** 10 steps of a teacher, 20 of each of three students. */
    private static final RunSpec SPEC = SmallRun.spec(
            "student.reuse=logits",
            "validationImages=200",
            "testImages=100",
            "teacher.images=160",
            "teacher.batch=16",
            "teacher.epochs=1",
            "student.images=160",
            "student.batch=16");

    private static final Dataset DATA = SmallRun.few(SmallRun.dataset(SPEC), 200, 100);

    @TempDir
    private Path folder;

    private RunSummary run(SmallRun listener, String name, Backend backend, Extent extent) {
        return listener.savedRun(SPEC, DATA, folder.resolve(name), backend, extent, NEVER);
    }

    /** What the checkpoints come to is what validation came to after the last epoch of each student, and what the run reports. */
    private void requireThatCheckpointsGiveTheSame(
            String name, Supplier<Backend> backend, RunSummary summary, List<EpochRecord> epochs) {
        for (RunSummary.Student student : summary.students()) {
            EpochRecord last = epochs.stream()
                    .filter(epoch -> epoch.stage().equals(student.name()))
                    .reduce((a, b) -> b)
                    .orElseThrow();
            assertThat(student.cumulativeValidationAccuracy())
                    .as(student.name())
                    .isEqualTo(last.validationAccuracy());
        }
        try (Backend opened = backend.get()) {
            RunFolder run = RunFolder.open(folder.resolve(name));
            RunSummary again = Evaluation.evaluate(new SmallRun().context(SPEC, DATA, run, opened));
            assertThat(again.students()).isEqualTo(summary.students());
            assertThat(again.earlyExit()).isEqualTo(summary.earlyExit());
            assertThat(again.confusion()).isEqualTo(summary.confusion());
        }
    }

    /** The matrix for the group's logits in a checkpoint, learned. */
    private static boolean reads(Path checkpoint) {
        Optional<StoredTensor> matrix = Safetensors.read(checkpoint).tensors().stream()
                .filter(tensor -> tensor.name().equals("reuse.weight"))
                .findFirst();
        matrix.ifPresent(tensor -> assertThat(tensor.floats()).hasSize(100).doesNotContain(0f));
        return matrix.isPresent();
    }

    @Test
    void checkpointsGiveTheAccuraciesOfTheTrainingAndOnlyGroupsReadOnTheCpu() {
        SmallRun listener = new SmallRun();
        RunSummary summary = run(listener, "cpu", new CpuBackend(2), Extent.GROUP_AND_CONTROLS);

        requireThatCheckpointsGiveTheSame("cpu", () -> new CpuBackend(1), summary, listener.epochs);
        RunFolder run = RunFolder.open(folder.resolve("cpu"));
        assertThat(reads(run.student(1, "rows4-d4"))).isFalse();
        assertThat(reads(run.student(2, "cols4-d8"))).isTrue();
        assertThat(reads(run.student(3, "rows2-d8"))).isTrue();
        assertThat(reads(run.control("group-conv-1"))).isFalse();
        assertThat(reads(run.control("group-conv-2"))).isTrue();
        assertThat(reads(run.control("group-none-3"))).isTrue();
        assertThat(reads(run.control("single-student-1"))).isFalse();
    }

    @Test
    void residentAndStreamedDataTrainAlikeOnTheEmulatedDriver() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        SmallRun resident = new SmallRun();
        SmallRun streamed = new SmallRun();
        RunSummary summary = run(resident, "resident", EmulatedDriver.openPacked(Steps.GRAPH), Extent.GROUP);
        run(streamed, "streamed", NoRoomForData.on(EmulatedDriver.openPacked(Steps.GRAPH)), Extent.GROUP);

        assertThat(resident.epochs).hasSameSizeAs(streamed.epochs).hasSize(7);
        for (int i = 0; i < resident.epochs.size(); i++) {
            double expected = streamed.epochs.get(i).loss();
            // The random maps of the augmentation may differ in their last bit.
            assertThat(resident.epochs.get(i).loss())
                    .as("epoch record %d", i)
                    .isCloseTo(expected, within(1e-4 * expected));
        }
        requireThatCheckpointsGiveTheSame(
                "resident", () -> EmulatedDriver.openPacked(Steps.EAGER), summary, resident.epochs);
    }

    /** In the second student, and in the third, whose group is put together from checkpoints again. */
    private void requireTheSameAfterBreaks(Supplier<Backend> backend) throws IOException {
        run(new SmallRun(), "whole", backend.get(), Extent.GROUP);
        for (int steps : new int[] {37, 59}) {
            String name = "after-" + steps;
            assertThatThrownBy(() -> run(new SmallRun().stoppingAfter(steps), name, backend.get(), Extent.GROUP))
                    .isInstanceOf(RunStopped.class)
                    .hasMessageContaining(steps == 37 ? "cols4-d8" : "rows2-d8");
            run(new SmallRun(), name, backend.get(), Extent.GROUP);
            assertThat(RunResult.of(folder.resolve(name))).isEqualTo(RunResult.of(folder.resolve("whole")));
        }
    }

    @Test
    void aRunThatWasStoppedLeavesTheSameBitsOnTheCpu() throws IOException {
        requireTheSameAfterBreaks(() -> new CpuBackend(1));
    }

    @Test
    void aRunThatWasStoppedLeavesTheSameBitsOnTheEmulatedDriver() throws IOException {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        requireTheSameAfterBreaks(() -> EmulatedDriver.openPacked(Steps.GRAPH));
    }
}
