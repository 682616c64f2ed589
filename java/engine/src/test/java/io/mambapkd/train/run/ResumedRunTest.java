package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.data.Dataset;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is stopped after a step and gone on with leaves what it would have left without the break. */
@Tag("run")
class ResumedRunTest {
    private static final Duration NEVER = Duration.ofDays(1);

    /** 20 steps of a teacher, 20 of each of two students; batch norms, dropout, augmentation, class weights. */
    static final RunSpec SPEC = SmallRun.withStudents(
            SmallRun.spec(
                    "validationImages=60",
                    "testImages=60",
                    "classWeights=balanced",
                    "teacher.images=160",
                    "teacher.batch=16",
                    "teacher.dropout=0.2",
                    "student.images=160",
                    "student.batch=16"),
            2);

    private static final int STEPS = 60;

    /** Of so many steps one is tried; {@code make soak} tries all. */
    private static final int EVERY = Integer.getInteger("mambapkd.resume.every", 4);

    static final Dataset DATA = SmallRun.few(SmallRun.dataset(SPEC), 200, 60);

    @TempDir
    private Path folder;

    private RunResult whole(RunSpec spec, Supplier<Backend> backend) throws IOException {
        Path run = folder.resolve("whole");
        new SmallRun().savedRun(spec, DATA, run, backend.get(), Extent.GROUP, NEVER);
        return RunResult.of(run);
    }

    /** Stops the run after some steps, which may be a few more than asked for, and goes on. */
    private RunResult resumed(RunSpec spec, Supplier<Backend> backend, int steps) throws IOException {
        Path run = folder.resolve("after-" + steps);
        SmallRun listener = new SmallRun().stoppingAfter(steps);
        assertThatThrownBy(() -> listener.savedRun(spec, DATA, run, backend.get(), Extent.GROUP, NEVER))
                .isInstanceOf(RunStopped.class);
        new SmallRun().savedRun(spec, DATA, run, backend.get(), Extent.GROUP, NEVER);
        return RunResult.of(run);
    }

    @Test
    void afterEveryStepOnTheCpu() throws IOException {
        RunResult whole = whole(SPEC, () -> new CpuBackend(1));
        for (int steps = 0; steps < STEPS; steps += EVERY) {
            assertThat(resumed(SPEC, () -> new CpuBackend(1), steps))
                    .as("after %d steps", steps)
                    .isEqualTo(whole);
        }
    }

    @Test
    void afterEveryStepOnTheEmulatedDriver() throws IOException {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        // Steps whose batches come from the host are launched one by one.
        Supplier<Backend> cuda = () -> NoRoomForData.on(EmulatedDriver.openPacked(Steps.GRAPH));
        RunResult whole = whole(SPEC, cuda);
        for (int steps = EVERY / 2; steps < STEPS; steps += EVERY) {
            assertThat(resumed(SPEC, cuda, steps)).as("after %d steps", steps).isEqualTo(whole);
        }
    }
}
