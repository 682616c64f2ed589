package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineLogTest {
    private static final Path FILE = Path.of("/run/metrics.jsonl");

    @TempDir
    Path folder;

    @Test
    void linesAreAddedAtTheEndAlsoAfterOpeningAgain() {
        Path file = folder.resolve("metrics.jsonl");
        try (LineLog log = LineLog.open(file)) {
            log.append("{\"epoch\":1}");
            log.append("{\"epoch\":2}");
        }
        try (LineLog log = LineLog.open(file)) {
            log.append("drei");
        }
        assertThat(file).hasContent("{\"epoch\":1}\n{\"epoch\":2}\ndrei\n");
    }

    @Test
    void aLineIsOnTheStorageDeviceOnceItIsAdded() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (LineLog log = LineLog.open(disk, FILE)) {
            disk.forceFolder(Path.of("/run"));
            log.append("one");
            assertThat(disk.afterPowerCut(FILE)).containsExactly("one\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void aLineThatDoesNotFitLeavesNothingBehind() {
        FaultyDisk disk = new FaultyDisk();
        try (LineLog log = LineLog.open(disk, FILE)) {
            log.append("one");
            disk.limitWrites(2);
            disk.failAt(disk.calls() + 1, false);
            assertThatThrownBy(() -> log.append("second"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("cannot write " + FILE + ": no space left on device");
            assertThat(disk.content(FILE)).asString(StandardCharsets.UTF_8).isEqualTo("one\n");
            log.append("two");
            assertThat(disk.content(FILE)).asString(StandardCharsets.UTF_8).isEqualTo("one\ntwo\n");
        }
    }

    @Test
    void aFullDeviceIsNamed() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "only Linux has /dev/full");
        try (LineLog log = LineLog.open(full)) {
            assertThatThrownBy(() -> log.append("x"))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith("cannot write /dev/full: no space left on device;");
        }
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path outside = Files.writeString(folder.resolve("outside"), "precious");
        Path link = Files.createSymbolicLink(folder.resolve("metrics.jsonl"), outside);
        assertThatThrownBy(() -> LineLog.open(link)).isInstanceOf(InputException.class);
        assertThat(outside).hasContent("precious");
    }

    @Test
    void aLineWithALineEndIsRefused() {
        try (LineLog log = LineLog.open(folder.resolve("a"))) {
            assertThatThrownBy(() -> log.append("a\nb")).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
