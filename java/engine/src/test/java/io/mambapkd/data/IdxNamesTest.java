package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdxNamesTest {
    private static final List<String> STANDARD = List.of(
            "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");

    @TempDir
    Path folder;

    private static void write(Path place, String... names) throws IOException {
        Files.createDirectories(place);
        for (String name : names) {
            Files.createFile(place.resolve(name));
        }
    }

    private static List<String> found(Path place) {
        IdxNames names = IdxNames.find(place);
        return STANDARD.stream()
                .map(name -> names.files().get(name).getFileName().toString())
                .toList();
    }

    /** In the order of {@link #STANDARD}. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte",
                "train-images-idx3-ubyte.gz train-labels-idx1-ubyte t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte",
                "train-images.idx3-ubyte train-labels.idx1-ubyte t10k-images.idx3-ubyte t10k-labels.idx1-ubyte",
                "TRAIN-IMAGES-IDX3-UBYTE TRAIN-LABELS-IDX1-UBYTE T10K-IMAGES-IDX3-UBYTE T10K-LABELS-IDX1-UBYTE",
                "train-images-idx3-ubyte.GZ train-labels-idx1-ubyte.GZ t10k-images-idx3-ubyte.GZ t10k-labels-idx1-ubyte.GZ",
                "emnist-letters-train-images-idx3-ubyte.gz emnist-letters-train-labels-idx1-ubyte.gz"
                        + " emnist-letters-test-images-idx3-ubyte.gz emnist-letters-test-labels-idx1-ubyte.gz",
                "qmnist-train-images-idx3-ubyte qmnist-train-labels-idx2-int qmnist-test-images-idx3-ubyte"
                        + " qmnist-test-labels-idx2-int",
                "train_images.idx3 train_labels.idx1 test_images.idx3 test_labels.idx1",
                "training-images-idx3-float training-labels-idx1-ubyte testing-images-idx3-double testing-labels-idx1-ubyte",
                "train-images train-labels test-images test-labels",
                "my data.train-images.idx my data.train-labels.idx my data.test-images.idx my data.test-labels.idx",
                "kmnist-train-images-idx3-ubyte.gz kmnist-train-labels-idx1-ubyte.gz"
                        + " kmnist-t10k-images-idx3-ubyte.gz kmnist-t10k-labels-idx1-ubyte.gz"
            })
    void whatUnpackersAndOtherDatasetsNameThemIsTaken(String names) throws IOException {
        List<String> files = names.startsWith("my data") ? List.of(names.split(" (?=my)")) : List.of(names.split(" "));
        write(folder, files.toArray(String[]::new));
        write(folder, "readme.txt", "emnist-letters-mapping.txt");
        // What macOS puts beside them.
        write(folder, files.stream().map(name -> "._" + name).toArray(String[]::new));

        assertThat(found(folder)).isEqualTo(files);
    }

    @Test
    void thePlainFileIsTakenBeforeItsPackedTwinAndTheStandardNameBeforeOthers() throws IOException {
        write(folder, STANDARD.toArray(String[]::new));
        write(folder, "train-images-idx3-ubyte.gz", "train-images.idx3-ubyte", "emnist-digits-train-images-idx3-ubyte");

        assertThat(found(folder)).isEqualTo(STANDARD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "gzip", "MNIST", "MNIST/raw"})
    void aFolderBelowIsLookedInto(String below) throws IOException {
        write(folder.resolve(below), STANDARD.toArray(String[]::new));
        write(folder.resolve("empty"));

        assertThat(found(folder)).isEqualTo(STANDARD);
    }

    @Test
    void aFolderOfTheFilesNameIsLookedInto() throws IOException {
        for (String name : STANDARD) {
            write(folder.resolve(name), name.replace("-idx", ".idx"));
        }

        assertThat(found(folder))
                .containsExactly(STANDARD.stream()
                        .map(name -> name.replace("-idx", ".idx"))
                        .toArray(String[]::new));
    }

    @Test
    void ofSeveralSetsTheBeginningOfTheNamesChoosesOne() throws IOException {
        for (String set : List.of("emnist-letters", "emnist-digits")) {
            write(
                    folder,
                    STANDARD.stream()
                            .map(name -> set + "-" + name.replace("t10k", "test") + ".gz")
                            .toArray(String[]::new));
        }

        assertThatThrownBy(() -> IdxNames.find(folder))
                .isInstanceOf(InputException.class)
                .hasMessage("expected the four IDX files of one dataset, got those of 2, in " + folder
                        + "; choose one of idx:" + folder.resolve("emnist-digits") + ", idx:"
                        + folder.resolve("emnist-letters"));
        for (String beginning : List.of("emnist-letters", "emnist-letters-", "EMNIST-Letters")) {
            assertThat(found(folder.resolve(beginning))).allMatch(name -> name.startsWith("emnist-letters-t"));
        }
        assertThatThrownBy(() -> IdxNames.find(folder.resolve("emnist-mnist")))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(
                        "expected a folder, or the beginning of the names of four IDX files, got neither, at ")
                .hasMessageEndingWith("idx:" + folder.resolve("emnist-letters"));
    }

    @Test
    void filesOfDifferentSetsAreNotMixed() throws IOException {
        write(
                folder,
                "a-train-images-idx3-ubyte",
                "a-train-labels-idx1-ubyte",
                "b-test-images-idx3-ubyte",
                "b-test-labels-idx1-ubyte");

        assertThatThrownBy(() -> IdxNames.find(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "expected a file a-test-images-idx3-ubyte or a-test-images-idx3-ubyte.gz, got neither")
                .hasMessageContaining("where there is a-train-images-idx3-ubyte, a-train-labels-idx1-ubyte, b-test-");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                         | , which is empty; put the four IDX files there under their standard names
            data.csv                                   | , where there is data.csv; put the four IDX files there under their standard names
            train-images-idx3-ubyte.zip                | , where there is train-images-idx3-ubyte.zip; there is train-images-idx3-ubyte.zip: unpack it, or rename it if that is the file
            train-images-idx3-ubyte.gz.dvc             | , where there is train-images-idx3-ubyte.gz.dvc; DVC keeps the file elsewhere: fetch it with dvc pull train-images-idx3-ubyte.gz.dvc
            train-images-idx3-ubyte (1).gz             | , where there is train-images-idx3-ubyte (1).gz; there is train-images-idx3-ubyte (1).gz: unpack it, or rename it if that is the file
            train-images-idx3-ubyte.gz.part            | , where there is train-images-idx3-ubyte.gz.part; there is train-images-idx3-ubyte.gz.part: its download has not finished; wait for it, or get the file again
            train-images-idx3-ubyte.crdownload         | , where there is train-images-idx3-ubyte.crdownload; there is train-images-idx3-ubyte.crdownload: its download has not finished; wait for it, or get the file again
            archive.zip                                | , where there is archive.zip; if they are in archive.zip, unpack it there
            readme.txt MNIST.tar.gz                    | , where there is MNIST.tar.gz, readme.txt; if they are in MNIST.tar.gz, unpack it there
            a.png b.png c.png d.png e.png f.png g.png h.png | , where there is a.png, b.png, c.png, d.png, e.png, f.png and 2 more; put the four IDX files there under their standard names
            """)
    void whatIsMissingIsToldWithWhatIsThere(String names, String rest) throws IOException {
        if (!names.isEmpty()) {
            write(folder, names.contains("(1)") ? new String[] {names} : names.split(" "));
        }

        assertThatThrownBy(() -> IdxNames.find(folder))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file train-images-idx3-ubyte or train-images-idx3-ubyte.gz, got neither, in "
                        + folder + rest);
    }
}
