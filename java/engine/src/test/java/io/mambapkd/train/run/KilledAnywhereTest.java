package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.checkpoint.TensorFile;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.run.DistillRun.Extent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed, and another that goes on with its run. */
@Tag("process")
class KilledAnywhereTest {
    private static final int KILLED = 137;
    private static final long SEED = Long.getLong("mambapkd.kills.seed", 1);

    /** {@code make soak} takes more. */
    private static final int KILLS = Integer.getInteger("mambapkd.kills", 20);

    /** Calls that write, force, rename or remove before the third save; as many make a save. */
    private static final int TWO_SAVES = 27;

    private static final int ONE_SAVE = 14;

    @TempDir
    private static Path folder;

    private static RunResult whole;
    private static long millis;

    @BeforeAll
    static void runWithoutAKill() throws Exception {
        Process process = KilledRun.start(folder.resolve("whole"), -1);
        long start = begun(process);
        assertThat(process.waitFor()).isZero();
        millis = (System.nanoTime() - start) / 1_000_000;
        whole = RunResult.of(folder.resolve("whole"));
    }

    private static long begun(Process process) throws IOException {
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.equals(KilledRun.BEGINS)) {
                return System.nanoTime();
            }
        }
        throw new IllegalStateException("the process ended before the run began");
    }

    private static void requireWholeFiles(Path run) throws IOException {
        for (Path save : new SaveFolder(RunFolder.open(run).saves()).newestFirst()) {
            TensorFile.read(save);
        }
        for (Path checkpoint : RunFolder.open(run).finished()) {
            assertThat(Checkpoint.label(checkpoint).sha256()).isNotEmpty();
        }
    }

    private static RunResult goneOnWith(Path run) throws IOException {
        requireWholeFiles(run);
        new SmallRun()
                .savedRun(
                        ResumedRunTest.SPEC,
                        ResumedRunTest.DATA,
                        run,
                        new CpuBackend(1),
                        Extent.GROUP,
                        Duration.ofDays(1));
        return RunResult.of(run);
    }

    private static void assertSame(RunResult result, String as) {
        assertThat(result.checkpoints()).as(as).isEqualTo(whole.checkpoints());
        assertThat(result.epochs()).as(as).isEqualTo(whole.epochs());
        assertThat(result.summary()).as(as).isEqualTo(whole.summary());
    }

    @Test
    void atRandomMoments() throws Exception {
        Random random = new Random(SEED);
        int killed = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path run = folder.resolve("random-" + kill);
            Process process = KilledRun.start(run, -1);
            begun(process);
            long moment = (long) (random.nextDouble() * millis);
            if (!process.waitFor(moment, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                killed++;
            }
            if (Files.exists(run.resolve("config.yaml"))) {
                assertSame(goneOnWith(run), "seed " + SEED + ", kill " + kill + " after " + moment + " ms");
            }
        }
        assertThat(killed).isGreaterThan(KILLS / 2);
    }

    /** Each write, force, rename and removal of the third save, the first that removes another. */
    @Test
    void atEveryCallOfASave() throws Exception {
        for (int call = TWO_SAVES; call < TWO_SAVES + ONE_SAVE; call++) {
            Path run = folder.resolve("call-" + call);
            Process process = KilledRun.start(run, call);
            begun(process);
            assertThat(process.waitFor()).isEqualTo(KILLED);
            assertSame(goneOnWith(run), "at call " + call);
        }
    }
}
