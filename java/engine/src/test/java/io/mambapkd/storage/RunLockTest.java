package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.TalkingChild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
    @TempDir
    Path place;

    private Path run;

    @BeforeEach
    void name() {
        run = place.resolve("runs/mnist");
    }

    private static void assertInUse(Path run) throws IOException {
        String sentence = "expected a run folder that no other process uses, got one in use by process "
                + ProcessHandle.current().pid() + " on host " + TalkingChild.host() + ", at " + run
                + "; wait until it ends, or stop it";
        assertThatThrownBy(() -> RunLock.ofNew(run).close())
                .isInstanceOf(RunLockedException.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> RunLock.of(new RunFolder(run)).close())
                .isInstanceOf(RunLockedException.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> RunLock.requireFree(run).close())
                .isInstanceOf(RunLockedException.class)
                .hasMessage(sentence);
    }

    @Test
    void theFolderOfANewRunIsTakenBeforeAnythingIsInIt() throws IOException {
        try (RunLock lock = RunLock.ofNew(run)) {
            assertThat(lock.notes()).isEmpty();
            assertThat(run).isDirectoryNotContaining(file -> !file.endsWith("run.lock"));
            assertInUse(run);
            RunFolder.create(run);
            assertInUse(run);
        }
        assertThatThrownBy(() -> RunLock.ofNew(run).close())
                .isNotInstanceOf(RunLockedException.class)
                .hasMessageContaining("got a folder that is not empty, at " + run);
        RunLock.of(new RunFolder(run)).close();
    }

    @Test
    void aLockThatWasLeftDoesNotMakeAFolderFull() {
        RunLock.ofNew(run).close();
        assertThat(run.resolve("run.lock")).isEmptyFile();
        RunLock.ofNew(run).close();
        assertThat(RunFolder.create(run).checkpoints()).isDirectory();
    }

    @Test
    void aFolderThatIsRefusedIsLeftAlone() throws IOException {
        Files.writeString(place.resolve("notes"), "mine");
        assertThatThrownBy(() -> RunLock.ofNew(place).close())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got a folder that is not empty");
        RunLock.requireFree(place).close();
        RunLock.requireFree(run).close();
        assertThat(place).isDirectoryNotContaining(file -> !file.endsWith("notes"));
    }

    @Test
    void whatIsNoLockOfThisProgramIsRefusedByName() throws IOException {
        Files.createDirectories(run.resolve("run.lock"));
        assertThatThrownBy(() -> RunLock.ofNew(run).close())
                .isInstanceOf(InputException.class)
                .isNotInstanceOf(RunLockedException.class)
                .hasMessage("expected nothing or a lock of this program, got a folder, at " + run.resolve("run.lock")
                        + "; remove it");
    }

    @Test
    void whereNothingCanBeLockedTheRunGoesOnWithANote() {
        Path absent = place.resolve("absent");
        try (RunLock lock = RunLock.of(new RunFolder(absent))) {
            assertThat(lock.notes())
                    .containsExactly(
                            "the run folder " + absent
                                    + " cannot be locked (there is no such file or folder); see to it that no other process uses it");
        }
    }

    @Test
    void onlyAnOutputInTheFolderTakesIt() throws IOException {
        RunFolder folder = RunFolder.create(run);
        Path link = Files.createSymbolicLink(place.resolve("link"), run);
        for (Path output : new Path[] {folder.report(), run.resolve("checkpoints/x.html"), link.resolve("x.json")}) {
            try (RunLock lock = RunLock.ofOutput(folder, output)) {
                assertThat(lock.notes()).isEmpty();
                assertInUse(run);
            }
        }
        for (Path output :
                new Path[] {null, place.resolve("x.html"), Path.of("x.html"), run.resolve("absent/x.html")}) {
            try (RunLock lock = RunLock.ofOutput(folder, output)) {
                assertThat(lock.notes()).isEmpty();
                RunLock.requireFree(run).close();
            }
        }
    }
}
