package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    Path place;

    @Test
    void aNewFolderIsMadeWithItsParents() {
        RunFolder run = RunFolder.create(place.resolve("runs/mnist"));
        assertThat(run.checkpoints()).isDirectory();
        DurableFiles.write(run.config(), "seed: 1");
        assertThat(RunFolder.open(run.path()).config()).hasContent("seed: 1");
    }

    @Test
    void anEmptyFolderIsAccepted() {
        assertThat(RunFolder.create(place).checkpoints()).isDirectory();
    }

    @Test
    void aFolderWithSomethingInItIsRefusedAndLeftAlone() throws IOException {
        Files.writeString(place.resolve("notes"), "mine");
        assertRefused(place, "expected a new or empty run folder, got a folder that is not empty, at " + place);
        assertThat(place.resolve("checkpoints")).doesNotExist();
    }

    @Test
    void aFolderCanBeTakenOnlyOnce() {
        RunFolder.create(place.resolve("run"));
        assertRefused(place.resolve("run"), "got a folder that is not empty");
    }

    @Test
    void aFileInThePlaceOfTheFolderOrOfAParentIsRefused() throws IOException {
        Path file = Files.writeString(place.resolve("file"), "mine");
        assertRefused(file, "got a file, at " + file);
        assertRefused(file.resolve("run"), file.resolve("run").toString());
        assertRefused(Path.of("/proc/run"), "/proc/run");
        assertThat(file).hasContent("mine");
    }

    @Test
    void onlyAFolderWithAConfigurationIsARun() {
        assertThatThrownBy(() -> RunFolder.open(place))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got a folder without one, at " + place);
        assertThatThrownBy(() -> RunFolder.open(place.resolve("absent")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got no folder");
    }

    @Test
    void aRunOfWhichAnyFileIsLeftIsFoundAndAFolderOfOtherFilesIsNot() throws IOException {
        assertThatThrownBy(() -> RunFolder.find(place))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got a folder without one, at " + place);
        Files.writeString(place.resolve("notes"), "mine");
        Files.createDirectory(place.resolve("checkpoints"));
        assertThatThrownBy(() -> RunFolder.find(place)).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> RunFolder.find(place.resolve("notes")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got no folder");

        Files.writeString(place.resolve("checkpoints/teacher.safetensors"), "weights");
        assertThat(RunFolder.find(place).path()).isEqualTo(place);
    }

    @Test
    void everyPlaceHasAKindByItsName() {
        RunFolder run = RunFolder.create(place.resolve("run"));
        assertThat(kind(run, run.config())).isEqualTo(RunFile.Kind.CONFIG);
        assertThat(kind(run, run.student(3, "x"))).isEqualTo(RunFile.Kind.STUDENT);
        assertThat(kind(run, run.control("x"))).isEqualTo(RunFile.Kind.CONTROL);
        assertThat(kind(run, run.checkpoints().resolve("best.safetensors"))).isEqualTo(RunFile.Kind.OTHER);
        assertThat(kind(run, run.path().resolve("student-3-x.safetensors"))).isEqualTo(RunFile.Kind.OTHER);
        assertThat(kind(run, run.path().resolve("run.lock"))).isEqualTo(RunFile.Kind.LOCK);
        assertThat(kind(run, run.path().resolve(".report.html.new"))).isEqualTo(RunFile.Kind.TEMPORARY);
        assertThat(RunFile.of(run, run.teacher()).name()).isEqualTo("checkpoints/teacher.safetensors");
    }

    private static RunFile.Kind kind(RunFolder run, Path place) {
        return RunFile.of(run, place).kind();
    }

    @Test
    void namesOfStudentsCannotLeaveTheFolder() {
        RunFolder run = RunFolder.create(place.resolve("run"));
        assertThat(run.student(1, "rows-4x4")).isEqualTo(run.checkpoints().resolve("student-1-rows-4x4.safetensors"));
        assertThat(run.student(2, "../../x y\n").getFileName()).hasToString("student-2-.._.._x_y_.safetensors");
        assertThat(run.student(3, "n".repeat(1000)).getFileName().toString()).hasSizeLessThan(200);
        assertThat(run.control("a/b").getParent()).isEqualTo(run.checkpoints());
    }

    @Test
    void finishedCheckpointsAreInTheOrderInWhichTheyWereWritten() throws IOException {
        RunFolder run = RunFolder.create(place.resolve("run"));
        assertThat(run.finished()).isEmpty();
        Path[] inOrder = {run.teacher(), run.student(9, "b"), run.student(10, "a"), run.control("big")};
        for (int i = 0; i < inOrder.length; i++) {
            Files.writeString(inOrder[i], "weights");
            Files.setLastModifiedTime(inOrder[i], FileTime.fromMillis(1000L * i));
        }
        Files.writeString(run.checkpoints().resolve("half.safetensors.tmp"), "wei");

        assertThat(run.finished()).containsExactly(inOrder);
    }

    private static void assertRefused(Path path, String part) {
        assertThatThrownBy(() -> RunFolder.create(path))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(part)
                .hasMessageContaining("--out");
    }

    /** A run that was killed before its config.yaml was there has done nothing yet. */
    @Test
    void whatAKilledStartLeftIsNoRun() throws IOException {
        Path run = Files.createDirectories(place.resolve("killed"));
        Files.createDirectory(run.resolve("checkpoints"));
        Files.writeString(run.resolve("run.json"), "{}");
        Files.writeString(run.resolve(".config.yaml.new"), "half");
        Files.writeString(run.resolve("run.lock"), "");

        RunFolder.create(run);

        try (var files = Files.list(run)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("checkpoints", "run.lock");
        }
        Files.writeString(run.resolve("checkpoints/teacher.safetensors"), "");
        assertThatThrownBy(() -> RunFolder.create(run)).hasMessageContaining("a folder that is not empty");
    }
}
