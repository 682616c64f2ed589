package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.Amount;
import io.mambapkd.data.cifar.CifarFiles;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarDatasetTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeArchive() throws IOException {
        byte[] tar = CifarFiles.tar("cifar-10-batches-bin/", CifarFiles.cifar10(20));
        Files.write(folder.resolve("cifar-10-binary.tar.gz"), CifarFiles.gzip(tar));
    }

    private static DatasetRequest request(String descriptor, Orientation orientation) {
        return new DatasetRequest(descriptor, Amount.of(30), SplitKind.AUTO, orientation);
    }

    @Test
    void cifar10IsFoundInTheFolderForDataSetsAndInAnyOther() {
        Path none = folder.resolve("none");
        Dataset usual = new Datasets(none, folder).read(request("cifar10", Orientation.NORMAL));
        Dataset named = Datasets.open(request("cifar10:" + folder, Orientation.NORMAL));

        assertThat(usual.name()).isEqualTo("cifar10");
        assertThat(usual.training().shape()).isEqualTo(new ImageShape(32, 32, 3));
        assertThat(usual.training().size()).isEqualTo(70);
        assertThat(usual.validation().size()).isEqualTo(30);
        assertThat(usual.split()).isEqualTo(SplitKind.STRATIFIED);
        assertThat(usual.test().size()).isEqualTo(20);
        assertThat(usual.classNames()).startsWith("airplane").endsWith("truck").hasSize(10);
        assertThat(named.training().pixels()).isEqualTo(usual.training().pixels());
    }

    @Test
    void imagesAreTransposedWhereThatIsAsked() {
        Dataset upright = Datasets.open(request("cifar10:" + folder, Orientation.NORMAL));
        Dataset turned = Datasets.open(request("cifar10:" + folder, Orientation.TRANSPOSED));
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                assertThat(turned.test().pixels()[(y * 32 + x) * 3])
                        .isEqualTo(upright.test().pixels()[(x * 32 + y) * 3]);
            }
        }
    }

    @Test
    void aRunNamesTheFolderOfItsDataFromTheRoot() {
        assertThat(Datasets.inFolder("cifar100-coarse", Path.of("data")))
                .isEqualTo("cifar100-coarse:" + Path.of("data").toAbsolutePath());
        assertThat(Datasets.absolute("cifar10")).matches("cifar10:/.*");
        assertThat(Datasets.absolute("mnist")).isEqualTo("mnist");
    }

    @Test
    void theFolderForDataSetsFitsTheSetsThatAreFetched() throws IOException {
        assertThat(Datasets.inFolder("fashion-mnist", folder)).isEqualTo("fashion-mnist:" + folder);
        Files.createDirectory(folder.resolve("fashion-mnist"));
        assertThat(Datasets.inFolder("fashion-mnist", folder))
                .isEqualTo("fashion-mnist:" + folder.resolve("fashion-mnist"));
        for (Map.Entry<String, String> wrong : Map.of(
                        "mnist", "or name one of them with --dataset", "cifar10:x", "as the dataset names its folder")
                .entrySet()) {
            assertThatThrownBy(() -> Datasets.inFolder(wrong.getKey(), folder))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll("got '" + wrong.getKey() + "'", wrong.getValue());
        }
    }

    @Test
    void anotherSpellingIsAnsweredWithTheName() {
        for (Map.Entry<String, String> word : Map.of(
                        "CIFAR10", "cifar10", "cifar-100:/x", "cifar100:/x", "Cifar_100_Coarse", "cifar100-coarse")
                .entrySet()) {
            assertThatThrownBy(() -> Datasets.open(request(word.getKey(), Orientation.NORMAL)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll(
                            "unknown dataset '" + word.getKey() + "'", "; did you mean " + word.getValue() + "?");
        }
    }

    @Test
    void aTextInThePlaceOfTheArchiveIsNotToBeConvertedToAnotherFormat() throws IOException {
        Path text = Files.writeString(folder.resolve("x.tar.gz"), "moved to another address\n");
        assertThatThrownBy(() -> Datasets.open(request("cifar10:" + text, Orientation.NORMAL)))
                .isInstanceOf(InputException.class)
                .hasMessageEndingWith("got a text file that starts with 'moved to another address', at " + text
                        + "; get the file again");
    }

    @Test
    void theSizeOfDataThatDoNotFitIntoMemoryIsKnown() {
        assertThat(DatasetExtents.read("cifar100:" + folder))
                .contains(new DatasetExtents(50_000, 10_000, new ImageShape(32, 32, 3), 100));
    }
}
