package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.Amount;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.image.PixelSums;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of images as a data set with a training, a validation and a test part. */
final class FolderDatasetTest {
    @TempDir
    private Path root;

    /** Different pictures of 6x6 pixels in a folder. */
    private void pictures(String name, int count) throws IOException {
        Path folder = Files.createDirectories(root.resolve(name));
        for (int i = 0; i < count; i++) {
            Files.write(folder.resolve(i + ".png"), TestImages.png(6, 6, 1000L * name.hashCode() + i));
        }
    }

    private Dataset open(Amount validation) {
        return Datasets.open(new DatasetRequest("folder:" + root, validation, SplitKind.AUTO, Orientation.NORMAL));
    }

    private static int[] counts(ImageSet set) {
        int[] counts = new int[set.classes()];
        Arrays.stream(set.labels()).forEach(label -> counts[label]++);
        return counts;
    }

    /** The sums of all images come from the packing, and those of drawn images are taken off twice here. */
    @Test
    void meanAndDeviationAreThoseOfTheImagesThatAreLeft() throws Exception {
        pictures("cat", 30);
        pictures("dog", 20);
        Dataset dataset = open(Amount.of(5));
        ImageSet training = dataset.training();
        int values = training.size() * training.shape().elements();
        PixelSums sums =
                PixelSums.of(training.pixels(), values, training.shape().channels());

        assertThat(training.size()).isEqualTo(40);
        assertThat(training.sums()).isEqualTo(sums);
        assertThat(dataset.mean()).isEqualTo(Statistics.of(sums).mean());
        assertThat(dataset.standardDeviation()).isEqualTo(Statistics.of(sums).standardDeviation());
    }

    @Test
    void withoutAFolderForItATenthOfEachClassIsTheTestAndATenthOfTheRestTheValidation() throws Exception {
        pictures("cat", 100);
        pictures("dog", 50);
        Dataset dataset = open(Amount.of(0));

        assertThat(dataset.classNames()).containsExactly("cat", "dog");
        // A tenth of 150, then a tenth of 135, two thirds of each cats; 8.67 and 4.33 are rounded by their remainders.
        assertThat(counts(dataset.test())).containsExactly(10, 5);
        assertThat(counts(dataset.validation())).containsExactly(9, 4);
        assertThat(counts(dataset.training())).containsExactly(81, 41);
        assertThat(dataset.split()).isEqualTo(SplitKind.STRATIFIED);
        assertThat(dataset.notes())
                .containsExactly(
                        "15 of the 150 images are drawn for the test, in proportion to the classes, as " + root
                                + " has no images in a folder test; put some there to choose them",
                        "13 of the 135 training images are drawn for validation, in proportion to the classes; set it with"
                                + " --set validationImages=N or --validation 10%");
    }

    @Test
    void transposedImagesArePutUpright() throws Exception {
        for (String name : List.of("train/cat", "train/dog", "test/cat")) {
            Path folder = Files.createDirectories(root.resolve(name));
            for (int i = 0; i < 10; i++) {
                Files.write(folder.resolve(i + ".png"), TestImages.png(2, 3, i));
            }
        }
        Dataset lying = open(Amount.of(2));
        Dataset upright = Datasets.open(
                new DatasetRequest("folder:" + root, Amount.of(2), SplitKind.AUTO, Orientation.TRANSPOSED));

        assertThat(upright.training().shape()).isEqualTo(new ImageShape(3, 2, 3));
        assertThat(upright.validation().shape()).isEqualTo(new ImageShape(3, 2, 3));
        assertThat(upright.test().shape()).isEqualTo(new ImageShape(3, 2, 3));
        for (int i = 0; i < 10; i++) {
            for (int y = 0; y < 2; y++) {
                for (int x = 0; x < 3; x++) {
                    assertThat(colour(upright.test(), i, x, y)).isEqualTo(colour(lying.test(), i, y, x));
                }
            }
        }
    }

    private static byte[] colour(ImageSet set, int image, int y, int x) {
        int at = image * set.shape().elements() + (y * set.shape().width() + x) * 3;
        return Arrays.copyOfRange(set.pixels(), at, at + 3);
    }

    @Test
    void imagesOfAFolderForValidationAreThoseAndNoOthers() throws Exception {
        pictures("train/cat", 20);
        pictures("train/dog", 20);
        pictures("val/cat", 3);
        pictures("val/dog", 4);
        pictures("test/cat", 2);
        pictures("test/dog", 1);
        Dataset dataset = open(Amount.of(0));

        assertThat(counts(dataset.training())).containsExactly(20, 20);
        assertThat(counts(dataset.validation())).containsExactly(3, 4);
        assertThat(counts(dataset.test())).containsExactly(2, 1);
        assertThat(dataset.notes()).isEmpty();
        assertThat(open(Amount.of(7)).notes()).isEmpty();
        assertThat(open(Amount.of(5)).notes())
                .containsExactly("the 7 validation images of " + root
                        + " are used, not the 5 of validationImages; remove" + " the folder to draw them");
    }

    @Test
    void theWordInFrontIsAskedForWhereItIsMissing() throws Exception {
        pictures("train/cat", 1);

        assertThatThrownBy(() -> Datasets.open(
                        new DatasetRequest(root.toString(), Amount.of(0), SplitKind.AUTO, Orientation.NORMAL)))
                .isInstanceOf(InputException.class)
                .hasMessageEndingWith("; did you mean folder:" + root + "?");
    }
}
