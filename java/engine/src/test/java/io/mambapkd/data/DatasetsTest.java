package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.InputException;
import io.mambapkd.config.Amount;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
    @TempDir
    Path folder;

    @Test
    void mnistComesWithTheProgram() {
        Dataset mnist = open("mnist", 10_000);
        assertThat(mnist.training().size()).isEqualTo(50_000);
        assertThat(mnist.validation().size()).isEqualTo(10_000);
        assertThat(mnist.test().size()).isEqualTo(10_000);
        assertThat(mnist.training().shape()).isEqualTo(new ImageShape(28, 28, 1));
        assertThat(mnist.classNames()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        // Known from every published listing of the set: the first training labels are 5 0 4 1 9, the first test label
        // is 7.
        int[] first = {5, 0, 4, 1, 9};
        for (int i = 0; i < first.length; i++) {
            assertThat(mnist.training().label(i)).isEqualTo(first[i]);
        }
        assertThat(mnist.test().label(0)).isEqualTo(7);
        // The published mean and standard deviation are those of all 60,000 training images; 50,000 come close.
        Statistics computed = Statistics.of(mnist.training(), "");
        assertThat(mnist.mean()).containsExactly(0.1307f);
        assertThat(mnist.standardDeviation()).containsExactly(0.3081f);
        assertThat(computed.mean().get(0)).isCloseTo(0.1307f, within(1e-3f));
        assertThat(computed.standardDeviation().get(0)).isCloseTo(0.3081f, within(1e-3f));
    }

    @Test
    void contentThatIsNotThePublishedOneIsRefused() {
        IdxFile labels = IdxFile.resource("/datasets/mnist/t10k-labels-idx1-ubyte.gz");
        Function<String, IdxDataset.Expected> wrong = name -> new IdxDataset.Expected(
                name.contains("images") ? IdxFile.resource("/datasets/mnist/t10k-images-idx3-ubyte.gz") : labels,
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");
        assertThatThrownBy(() -> new IdxDataset(wrong))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected content with the SHA-256 0fa7898d5092")
                .hasMessageContaining("got ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")
                .hasMessageContaining("t10k-labels-idx1-ubyte");
    }

    @Test
    void aFolderOfIdxFilesTellsItsClassesAndStatistics() throws IOException {
        IdxBytes.writeDataset(folder);
        Dataset dataset = open("idx:" + folder, 2);
        assertThat(dataset.name()).isEqualTo(folder.getFileName().toString());
        assertThat(dataset.training().size()).isEqualTo(4);
        assertThat(dataset.validation().size()).isEqualTo(2);
        assertThat(dataset.validation().label(0)).isEqualTo(1);
        assertThat(dataset.validation().pixels()[0]).isEqualTo((byte) 24);
        assertThat(dataset.test().label(0)).isEqualTo(2);
        assertThat(dataset.training().shape()).isEqualTo(new ImageShape(2, 3, 1));
        assertThat(dataset.classNames()).containsExactly("0", "1", "2");
        // The training part is 0..23: mean 11.5, variance (24^2 - 1) / 12.
        assertThat(dataset.mean().get(0)).isCloseTo((float) (11.5 / 255), within(1e-8f));
        assertThat(dataset.standardDeviation().get(0)).isCloseTo((float) (Math.sqrt(575.0 / 12) / 255), within(1e-8f));
    }

    @Test
    void fashionMnistIsReadFromTheFolderOfItsPackageOrAnyOther() throws IOException {
        IdxBytes.writeDataset(folder);
        for (Dataset dataset : new Dataset[] {
            new Datasets(folder, folder).read(last("fashion-mnist", 1)), open("fashion-mnist:" + folder, 1)
        }) {
            assertThat(dataset.name()).isEqualTo("fashion-mnist");
            assertThat(dataset.mean()).containsExactly(0.2860f);
            assertThat(dataset.standardDeviation()).containsExactly(0.3530f);
            assertThat(dataset.classNames())
                    .hasSize(10)
                    .startsWith("T-shirt/top")
                    .endsWith("Ankle boot");
        }
    }

    @Test
    void withoutFashionMnistTheSentenceNamesThePackage() {
        Path absent = folder.resolve("absent");
        assertThatThrownBy(() -> new Datasets(absent, folder).read(last("fashion-mnist", 1)))
                .isInstanceOf(InputException.class)
                .hasMessage("expected Fashion-MNIST in " + absent + " or " + folder.resolve("fashion-mnist")
                        + ", got no such folder; get it with mamba-pkd data fetch fashion-mnist, or name a folder with"
                        + " fashion-mnist:DIR");
    }

    @Test
    void labelsThatDoNotFitAreRefused() throws IOException {
        IdxBytes.writeDataset(folder);
        Files.write(folder.resolve("t10k-labels-idx1-ubyte.gz"), IdxBytes.gzip(IdxBytes.labels((byte) 0, (byte) 3)));
        assertRefused("idx:" + folder, 1, "expected labels from 0 to 2 (the training labels), got 3");
        Files.write(folder.resolve("t10k-labels-idx1-ubyte.gz"), IdxBytes.gzip(IdxBytes.labels((byte) 0, (byte) 10)));
        assertRefused(
                "fashion-mnist:" + folder, 1, "expected labels from 0 to 9 (the classes of fashion-mnist), got 10");
    }

    @Test
    void oneClassIsNotEnough() throws IOException {
        IdxBytes.writeDataset(folder);
        Files.write(folder.resolve("train-labels-idx1-ubyte"), IdxBytes.labels(new byte[6]));
        assertRefused("idx:" + folder, 1, "expected labels of at least two classes");
    }

    @Test
    void equalPixelsAreNotEnough() throws IOException {
        IdxBytes.writeDataset(folder);
        Files.write(folder.resolve("train-images-idx3-ubyte.gz"), IdxBytes.images(6, 2, 3, new byte[36]));
        assertRefused("idx:" + folder, 1, "expected images that differ");
    }

    @Test
    void asManyLabelsAsImagesAreNeeded() throws IOException {
        IdxBytes.writeDataset(folder);
        Files.write(folder.resolve("train-labels-idx1-ubyte"), IdxBytes.labels((byte) 0, (byte) 1));
        assertRefused("idx:" + folder, 1, "expected a label for each of the 6 images of");
    }

    @Test
    void testImagesMustHaveTheSizeOfTheTrainingImages() throws IOException {
        IdxBytes.writeDataset(folder);
        Files.write(folder.resolve("t10k-images-idx3-ubyte"), IdxBytes.images(2, 3, 2, IdxBytes.ramp(12)));
        assertRefused("idx:" + folder, 1, "expected test images of 2x3x1 like the training images, got 3x2x1");
    }

    @Test
    void validationMustLeaveImagesToTrainOn() throws IOException {
        IdxBytes.writeDataset(folder);
        assertRefused("idx:" + folder, 6, "expected validationImages from 1 to 5, got 6,");
        assertRefused("idx:" + folder, 6, "; set it with --set validationImages=N or --validation N");
        assertThat(open("idx:" + folder, 5).training().size()).isEqualTo(1);
    }

    @Test
    void anUnknownDescriptorIsAnsweredWithTheChoices() {
        assertRefused(
                "mnits",
                1,
                "unknown dataset 'mnits'; choose one of mnist, fashion-mnist, fashion-mnist:DIR, cifar10, cifar10:DIR, cifar100,"
                        + " cifar100:DIR, cifar100-coarse, idx:DIR, folder:DIR");
        assertRefused(folder.toString(), 1, "folder:DIR; did you mean idx:" + folder + "?");
        assertRefused("IDX:" + folder, 1, "folder:DIR; did you mean idx:" + folder + "?");
        assertRefused("idx:", 1, "expected a folder after the colon");
        assertRefused("idx:a\0b", 1, "a name that cannot be one");
        assertRefused("idx:" + folder.resolve("absent"), 1, "got nothing, at " + folder.resolve("absent"));
    }

    @Test
    void transposedImagesAreTurned() throws IOException {
        IdxBytes.writeDataset(folder);
        Dataset dataset = Datasets.open(
                new DatasetRequest("idx:" + folder, Amount.of(2), SplitKind.LAST, Orientation.TRANSPOSED));

        assertThat(dataset.training().shape()).isEqualTo(new ImageShape(3, 2, 1));
        // The second image of 2 rows, 6 7 8 and 9 10 11, in 3 rows.
        assertThat(Arrays.copyOfRange(dataset.training().pixels(), 6, 12)).containsExactly(6, 9, 7, 10, 8, 11);
        assertThat(Arrays.copyOf(dataset.test().pixels(), 6)).containsExactly(0, 3, 1, 4, 2, 5);
    }

    @Test
    void coloursStayTogetherWhereImagesAreTurned() throws IOException {
        IdxBytes.writeDataset(folder);
        for (String part : new String[] {"train", "t10k"}) {
            int images = part.equals("train") ? 6 : 2;
            Files.deleteIfExists(folder.resolve(part + "-images-idx3-ubyte.gz"));
            Files.write(
                    folder.resolve(part + "-images-idx3-ubyte"),
                    IdxBytes.file(0x804, new int[] {images, 1, 2, 3}, IdxBytes.ramp(6 * images)));
        }
        Dataset dataset = Datasets.open(
                new DatasetRequest("idx:" + folder, Amount.of(2), SplitKind.LAST, Orientation.TRANSPOSED));

        assertThat(dataset.training().shape()).isEqualTo(new ImageShape(2, 1, 3));
        assertThat(Arrays.copyOf(dataset.training().pixels(), 6)).containsExactly(0, 1, 2, 3, 4, 5);
    }

    /** Every image and its label, wherever the split puts them. */
    @Test
    void aStratifiedSplitKeepsEveryImageWithItsLabelInTheOrderOfTheFile() throws IOException {
        IdxBytes.writeDataset(folder);
        Dataset dataset =
                Datasets.open(new DatasetRequest("idx:" + folder, Amount.of(3), SplitKind.AUTO, Orientation.NORMAL));

        assertThat(dataset.split()).isEqualTo(SplitKind.STRATIFIED);
        assertThat(dataset.validation().labels()).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(dataset.training().labels()).containsExactlyInAnyOrder(0, 1, 2);
        List<Integer> met = new ArrayList<>();
        for (ImageSet set : List.of(dataset.training(), dataset.validation())) {
            int before = -1;
            for (int i = 0; i < set.size(); i++) {
                // The first pixel of image n is 6 n, its label n modulo 3.
                int image = set.pixels()[6 * i] / 6;
                assertThat(set.label(i)).isEqualTo(image % 3);
                assertThat(image).isGreaterThan(before);
                before = image;
                met.add(image);
            }
        }
        assertThat(met).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
    }

    private static DatasetRequest last(String descriptor, int validationImages) {
        return new DatasetRequest(descriptor, Amount.of(validationImages), SplitKind.LAST, Orientation.NORMAL);
    }

    private static Dataset open(String descriptor, int validationImages) {
        return Datasets.open(last(descriptor, validationImages));
    }

    private static void assertRefused(String descriptor, int validationImages, String part) {
        assertThatThrownBy(() -> open(descriptor, validationImages))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(part);
    }
}
