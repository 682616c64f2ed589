package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunSumsTest {
    /** Of "abc", by FIPS 180-4. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    private Path place;

    private RunFolder run;

    @BeforeEach
    void make() {
        run = RunFolder.create(place.resolve("run"));
        for (Path file : List.of(
                run.report(),
                run.student(10, "b"),
                run.student(2, "a"),
                run.control("cnn"),
                run.config(),
                run.teacher())) {
            DurableFiles.write(file, "abc");
        }
    }

    private Sha256Sums sums() throws IOException {
        return Sha256Sums.parse(Files.readAllBytes(run.sums()));
    }

    @Test
    void allFilesOfTheRunAreListedInItsOrderAndNothingElse() throws IOException {
        Files.writeString(run.path().resolve("notes.txt"), "mine");
        Files.writeString(run.path().resolve("run.lock"), "1 here");
        Files.writeString(run.checkpoints().resolve(".teacher.safetensors.new"), "half");
        RunSums.write(run);
        RunSums.write(run);

        assertThat(sums().names())
                .containsExactly(
                        "config.yaml",
                        "checkpoints/teacher.safetensors",
                        "checkpoints/student-2-a.safetensors",
                        "checkpoints/student-10-b.safetensors",
                        "checkpoints/control-cnn.safetensors",
                        "report.html");
        assertThat(run.sums()).content().startsWith(ABC + "  config.yaml\n");
    }

    @Test
    void theListCanBeRemovedWhetherItIsThereOrNot() {
        RunSums.write(run);
        RunSums.remove(run);
        assertThat(run.sums()).doesNotExist();
        RunSums.remove(run);
        assertThat(run.config()).exists();
    }

    @Test
    void aFileThatIsReplacedHasBothHashesMeanwhileAndItsNewOneAfterwards() throws IOException {
        RunSums.write(run);
        byte[] page = "page".getBytes(StandardCharsets.UTF_8);
        RunSums.replacing(run, run.report(), page, () -> {
            try {
                assertThat(sums().hashes("report.html")).hasSize(2).startsWith(ABC);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            DurableFiles.write(run.report(), page);
        });

        assertThat(sums().hashes("report.html")).containsExactly(Sha256.hex(page));
        assertThat(sums().hashes("config.yaml")).containsExactly(ABC);
        assertThat(sums().names()).hasSize(6);
    }

    @Test
    void aFileThatCouldNotBeReplacedKeepsItsHash() throws IOException {
        RunSums.write(run);
        byte[] before = Files.readAllBytes(run.sums());

        assertThatThrownBy(() -> RunSums.replacing(run, run.report(), new byte[1], () -> {
                    throw new InputException("the disk is full");
                }))
                .hasMessage("the disk is full");
        assertThat(run.sums()).hasBinaryContent(before);
    }

    @Test
    void aFileOfTheRunIsKnownByEveryPathAndOneElsewhereIsNone() throws IOException {
        Path link = Files.createSymbolicLink(place.resolve("link"), run.path());
        RunSums.write(run);
        byte[] text = "text".getBytes(StandardCharsets.UTF_8);
        byte[] before = Files.readAllBytes(run.sums());

        RunSums.replacing(run, place.resolve("elsewhere.html"), text, () -> {});
        assertThat(run.sums()).hasBinaryContent(before);

        RunSums.replacing(run, link.resolve("config.yaml"), text, () -> {});
        assertThat(sums().hashes("config.yaml")).containsExactly(Sha256.hex(text));
        Files.delete(run.report());
        RunSums.replacing(run, run.path().resolve("checkpoints/../report.html"), text, () -> {});
        assertThat(sums().hashes("report.html")).containsExactly(Sha256.hex(text));
    }

    @Test
    void aRunWithoutAListGetsNone() {
        RunSums.replacing(run, run.report(), new byte[1], () -> {});

        assertThat(run.sums()).doesNotExist();
    }

    @Test
    void aFolderInThePlaceOfTheListIsOneSentence() throws IOException {
        Files.createDirectories(run.sums().resolve("x"));

        assertThatThrownBy(() -> RunSums.remove(run))
                .isInstanceOf(InputException.class)
                .hasMessage("cannot remove " + run.sums()
                        + ": the folder is not empty; make the run folder writable, or remove it yourself: the run writes"
                        + " it anew at its end");
    }
}
