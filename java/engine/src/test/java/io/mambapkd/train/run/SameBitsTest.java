package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.data.Dataset;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.EmulatedDriver.Build;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.storage.Sha256;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One run, computed in ways that must not matter, with the libraries of the machine: one hash of all checkpoints, losses and accuracies. */
@Tag("run")
class SameBitsTest {
    private static final Duration NEVER = Duration.ofDays(1);
    private static final int[] THREADS = {1, 2, 8};

    /** Dropout, batch norms, augmentation, class weights; three students of several widths. */
    private static final List<String> SETTINGS = List.of(
            "validationImages=60",
            "testImages=60",
            "classWeights=balanced",
            "teacher.images=160",
            "teacher.dropout=0.2",
            "teacher.epochs=1",
            "student.images=160");

    /** Batches whose sums are cut into parts. */
    private static final RunSpec LARGE_BATCHES = spec("teacher.batch=32", "student.batch=64");

    /** Graphs hold eight steps: the teacher's 20 are two replays of one, and four steps more. */
    private static final RunSpec MANY_STEPS = spec("teacher.batch=8", "student.batch=16");

    private static final Dataset DATA = SmallRun.few(SmallRun.dataset(MANY_STEPS), 200, 60);

    @TempDir
    private Path folder;

    /** How a run was computed, and what it came to. */
    private final Map<String, String> hashes = new LinkedHashMap<>();

    private static RunSpec spec(String... more) {
        return SmallRun.spec(Stream.concat(SETTINGS.stream(), Stream.of(more)).toArray(String[]::new));
    }

    private void run(String how, RunSpec spec, Backend backend, Extent extent) throws IOException {
        Path run = folder.resolve(how);
        new SmallRun().savedRun(spec, DATA, run, backend, extent, NEVER);
        hashes.put(how, hash(run));
    }

    /** Begins a run, or goes on with it, and stops it after some steps. */
    private void stopped(String how, Backend backend, int steps) {
        SmallRun listener = new SmallRun().stoppingAfter(steps);
        assertThatThrownBy(() -> listener.savedRun(MANY_STEPS, DATA, folder.resolve(how), backend, Extent.GROUP, NEVER))
                .isInstanceOf(RunStopped.class);
    }

    private static String hash(Path run) throws IOException {
        RunResult result = RunResult.of(run);
        assertThat(result.checkpoints()).isNotEmpty();
        return Sha256.hex((result.checkpoints() + "\n" + result.epochs()).getBytes(StandardCharsets.UTF_8));
    }

    private void assertOneHash() {
        assertThat(Set.copyOf(hashes.values())).as("%s", hashes).hasSize(1);
    }

    @Test
    void withOneTwoAndEightThreadsAndNotWithAnotherSeed() throws IOException {
        for (int threads : THREADS) {
            run(threads + " threads", LARGE_BATCHES, new CpuBackend(threads), Extent.GROUP);
        }
        assertOneHash();

        run("another seed", spec("teacher.batch=32", "student.batch=64", "seed=1"), new CpuBackend(2), Extent.GROUP);
        assertThat(Set.copyOf(hashes.values())).hasSize(2);
    }

    /** With a processor that multiplies bfloat16 as well as with one that does not. */
    @ParameterizedTest
    @ValueSource(strings = {"airbench", "resnet9"})
    void ofOtherTeachersInBfloat16WithOneTwoAndEightThreads(String model) throws IOException {
        RunSpec spec = OtherTeachersRunTest.spec(
                model, "validationImages=60", "testImages=60", "teacher.precision=bf16", "teacher.images=160");
        for (int threads : THREADS) {
            run(threads + " threads", spec, new CpuBackend(threads), Extent.TEACHER_ONLY);
        }
        assertOneHash();
    }

    @Test
    void stoppedTwiceAndGoneOnWithOnOtherNumbersOfThreads() throws IOException {
        run("without a break", MANY_STEPS, new CpuBackend(2), Extent.GROUP);

        String resumed = "with two breaks";
        stopped(resumed, new CpuBackend(8), 3);
        stopped(resumed, new CpuBackend(1), 9);
        run(resumed, MANY_STEPS, new CpuBackend(2), Extent.GROUP);
        assertOneHash();
    }

    @Test
    void asGraphsAndStepByStepInAnyOrderOnTheEmulatedDriver() throws IOException {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
        run("graphs", MANY_STEPS, EmulatedDriver.openPacked(Steps.GRAPH), Extent.GROUP);
        run("kernel by kernel", MANY_STEPS, EmulatedDriver.openPacked(Steps.EAGER), Extent.GROUP);
        run("threads and blocks in descending order", MANY_STEPS, EmulatedDriver.open(Build.PLAIN, 1), Extent.GROUP);
        Backend lazy = EmulatedDriver.openPacked(Steps.GRAPH);
        EmulatedDriver.runWhenAwaited(1);
        try {
            run("graphs when they are waited for", MANY_STEPS, lazy, Extent.GROUP);
        } finally {
            EmulatedDriver.runAtOnce();
        }

        String resumed = "graphs, gone on with kernel by kernel";
        stopped(resumed, EmulatedDriver.openPacked(Steps.GRAPH), 9);
        run(resumed, MANY_STEPS, EmulatedDriver.openPacked(Steps.EAGER), Extent.GROUP);
        assertOneHash();
    }
}
