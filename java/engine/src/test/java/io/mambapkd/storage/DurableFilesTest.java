package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DurableFilesTest {
    private static final Path FILE = Path.of("/run/config.yaml");
    private static final byte[] OLD = "old".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NEW = "new content".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    @Test
    void aFileIsWrittenAndReplacedAndNothingElseStays() throws IOException {
        Path file = folder.resolve("summary.json");
        DurableFiles.write(file, "first");
        DurableFiles.write(file, "zweite Fassung, größer");
        assertThat(file).hasContent("zweite Fassung, größer");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void whatAKilledProcessLeftBehindDoesNotDisturb() throws IOException {
        Files.writeString(folder.resolve(".a.new"), "half");
        DurableFiles.write(folder.resolve("a"), "whole");
        assertThat(folder.resolve("a")).hasContent("whole");
        assertThat(folder.resolve(".a.new")).doesNotExist();
    }

    @Test
    void aPlantedLinkIsReplacedAndNotFollowed() throws IOException {
        Path outside = Files.writeString(folder.resolve("outside"), "precious");
        Files.createSymbolicLink(folder.resolve(".a.new"), outside);
        Files.createSymbolicLink(folder.resolve("a"), outside);
        DurableFiles.write(folder.resolve("a"), "mine");
        assertThat(outside).hasContent("precious");
        assertThat(folder.resolve("a")).isRegularFile().hasContent("mine");
        assertThat(Files.isSymbolicLink(folder.resolve("a"))).isFalse();
    }

    @Test
    void aMissingFolderIsNamed() {
        Path file = folder.resolve("absent/a");
        assertThatThrownBy(() -> DurableFiles.write(file, "x"))
                .isInstanceOf(InputException.class)
                .hasMessage("cannot write " + file + ": there is no such file or folder; make room or make the folder"
                        + " writable, or name another one with --out");
    }

    @Test
    void aFileInThePlaceOfTheFolderIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x").resolve("a");
        assertThatThrownBy(() -> DurableFiles.write(file, "x"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("cannot write " + file + ": not a directory;");
    }

    @Test
    void aFolderInThePlaceOfTheFileIsNamedAndNothingStays() throws IOException {
        Path file = Files.createDirectories(folder.resolve("a/b")).getParent();
        assertThatThrownBy(() -> DurableFiles.write(file, "x"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("cannot write " + file + ": ");
        assertThat(folder.resolve(".a.new")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whicheverCallFailsTheOldFileOrTheWholeNewOneIsThere(boolean fromThenOn) {
        int calls = replaceWith(new FaultyDisk()).calls();
        for (int failing = 0; failing < calls; failing++) {
            FaultyDisk disk = replaceWith(new FaultyDisk(), OLD);
            disk.failAt(disk.calls() + failing, fromThenOn);
            assertThatThrownBy(() -> replaceWith(disk))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(FILE.toString())
                    .hasMessageContaining("no space left on device")
                    .satisfies(e -> {
                        // After the move only the durability is in doubt, and the sentence says so.
                        byte[] expected = e.getMessage().startsWith("wrote") ? NEW : OLD;
                        assertThat(disk.content(FILE)).isEqualTo(expected);
                    });
            if (!fromThenOn) {
                assertThat(disk.files()).containsExactly(FILE);
            }
            disk.recover();
            assertThat(replaceWith(disk).content(FILE)).isEqualTo(NEW);
        }
    }

    private static FaultyDisk replaceWith(FaultyDisk disk, byte[] content) {
        new DurableFiles(disk).replace(FILE, content);
        return disk;
    }

    private static FaultyDisk replaceWith(FaultyDisk disk) {
        return replaceWith(disk, NEW);
    }

    @Test
    void aDiskThatTakesAByteAtATimeGetsTheWholeFile() {
        FaultyDisk disk = new FaultyDisk();
        disk.limitWrites(1);
        new DurableFiles(disk).replace(FILE, NEW);
        assertThat(disk.content(FILE)).isEqualTo(NEW);
    }

    @Test
    void afterAPowerCutAtAnyCallTheOldFileOrTheWholeNewOneIsThere() {
        int calls = replaceWith(new FaultyDisk()).calls();
        for (int cut = 0; cut <= calls; cut++) {
            FaultyDisk disk = replaceWith(new FaultyDisk(), OLD);
            disk.failAt(disk.calls() + cut, true);
            boolean returned = true;
            try {
                replaceWith(disk);
            } catch (InputException e) {
                returned = false;
            }
            for (byte[] found : disk.afterPowerCut(FILE)) {
                // Once the call has returned, only the new file may be found.
                if (returned) {
                    assertThat(found).isEqualTo(NEW);
                } else {
                    assertThat(found).isIn(OLD, NEW);
                }
            }
        }
    }
}
