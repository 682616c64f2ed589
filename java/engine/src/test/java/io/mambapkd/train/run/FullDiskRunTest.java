package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.storage.FullDisk;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose saves find no space. */
@Tag("run")
class FullDiskRunTest {
    private static final String WARNING = "the state of the training could not be saved: ";

    @TempDir
    private Path folder;

    private void run(SmallRun listener, Path run, FullDisk disk) {
        listener.savedRun(
                ResumedRunTest.SPEC,
                ResumedRunTest.DATA,
                run,
                disk.folder(run.resolve("saves")),
                new CpuBackend(1),
                Extent.GROUP,
                Duration.ZERO);
    }

    private static long warnings(SmallRun listener) {
        return listener.stages.stream().filter(note -> note.startsWith(WARNING)).count();
    }

    @Test
    void theTrainingGoesOnAfterOneWarningAndEndsAsWithSaves() throws IOException {
        Path saved = folder.resolve("saved");
        SmallRun withRoom = new SmallRun();
        run(withRoom, saved, new FullDisk(0, 0));
        Path unsaved = folder.resolve("unsaved");
        SmallRun without = new SmallRun();
        run(without, unsaved, new FullDisk(1, Integer.MAX_VALUE / 2));

        assertThat(warnings(withRoom)).isZero();
        assertThat(warnings(without)).isEqualTo(1);
        assertThat(without.stages)
                .anySatisfy(note -> assertThat(note)
                        .startsWith(WARNING + "cannot write " + unsaved.resolve("saves/000"))
                        .contains(": no space left on device; make room")
                        .endsWith("; the training goes on, and the save before this one is kept"));
        assertThat(RunResult.of(unsaved)).isEqualTo(RunResult.of(saved));
    }

    @Test
    void whatIsWrittenOnceThereIsRoomAgainIsGoneOnWith() throws IOException {
        Path run = folder.resolve("run");
        SmallRun stopped = new SmallRun().stoppingAfter(15);
        assertThatThrownBy(() -> run(stopped, run, new FullDisk(0, 1))).isInstanceOf(RunStopped.class);

        assertThat(warnings(stopped)).isEqualTo(1);
        SmallRun listener = new SmallRun();
        run(listener, run, new FullDisk(0, 0));
        assertThat(listener.stages.get(0)).matches("going on with teacher at step 1[56] of 20");
    }

    /** It is not stopped and saved, but ended by an error. */
    @Test
    void aStopWithoutRoomIsAnErrorAndTheSaveBeforeStays() {
        Path run = folder.resolve("run");
        SmallRun stopped = new SmallRun().stoppingAfter(15);
        assertThatThrownBy(() -> run(stopped, run, new FullDisk(1, Integer.MAX_VALUE / 2)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no space left on device");
        assertThat(new SaveFolder(RunFolder.open(run).saves()).newestFirst()).hasSize(1);
    }
}
