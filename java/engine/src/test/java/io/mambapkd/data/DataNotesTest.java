package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.Amount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told about data that are not what they seem. */
class DataNotesTest {
    private static final int IMAGES = 60;
    private static final int PIXELS = 16;

    @TempDir
    Path folder;

    /** All images differ. */
    private final byte[] training = new byte[IMAGES * PIXELS];

    private final byte[] test = new byte[IMAGES * PIXELS];

    @BeforeEach
    void drawImages() {
        Random random = new Random(4);
        random.nextBytes(training);
        random.nextBytes(test);
    }

    /** Labels of both files, each in turn. */
    private Dataset open(SplitKind kind, int... labels) throws IOException {
        return open(kind, labels, labels);
    }

    private Dataset open(SplitKind kind, int[] trainingLabels, int[] testLabels) throws IOException {
        write("train", training, trainingLabels);
        write("t10k", test, testLabels);
        return Datasets.open(new DatasetRequest("idx:" + folder, Amount.of(12), kind, Orientation.NORMAL));
    }

    private void write(String part, byte[] pixels, int[] labels) throws IOException {
        byte[] all = new byte[IMAGES];
        for (int i = 0; i < IMAGES; i++) {
            all[i] = (byte) labels[i % labels.length];
        }
        Files.write(folder.resolve(part + "-images-idx3-ubyte"), IdxBytes.images(IMAGES, 4, 4, pixels));
        Files.write(folder.resolve(part + "-labels-idx1-ubyte"), IdxBytes.labels(all));
    }

    @Test
    void severalClassesThatOneFileLacksAreSpokenOfAsSeveral() throws IOException {
        Dataset dataset = open(SplitKind.STRATIFIED, new int[] {0, 1, 2, 3}, new int[] {2});

        assertThat(dataset.notes())
                .anyMatch(note -> note.equals("classes 0, 1, 3 do not occur in the test images, so the test accuracy"
                        + " does not tell of them; add test images of them"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1 2 3 4 5   | 1 2 3 4 5   | labels start at 1, so label 0 does not occur in
            0 1 2 3 200 | 0 1 2 3 200 | labels 4..199 do not occur in
            0 1 3       | 0 1 3       | label 2 does not occur in
            0 2 4 6     | 0 2 4 6     | labels 1, 3, 5 do not occur in
            2 3         | 2 3         | labels 0..1 do not occur in
            0 1 2 255   | 0 1 2 255   | 255 is what -1 becomes: if those images are without a label, remove them
            48 49 50    | 48 49 50    | labels 48..50 are the ASCII digits 0 to 2
            48 49 57    | 48 49 57    | labels 48..49, 57 are the ASCII digits 0 to 9
            65 66 90    | 65 66 90    | labels 65..66, 90 are the ASCII letters A to Z
            97 98       | 97 98       | labels 97..98 are the ASCII letters a to b
            10 20 30 40 50 60 70 | 10 20 30 40 50 60 70 | labels 0..9, 11..19, 21..29, 31..39, 41..49, ... do not occur
            """)
    void theLabelsThatOccurAreTheClassesAndKeepTheirNumbersAsNames(String labels, String names, String note)
            throws IOException {
        int[] numbers =
                Arrays.stream(labels.split(" ")).mapToInt(Integer::parseInt).toArray();

        Dataset dataset = open(SplitKind.STRATIFIED, numbers);

        assertThat(dataset.classNames()).containsExactly(names.split(" "));
        assertThat(dataset.training().classes()).isEqualTo(numbers.length);
        assertThat(dataset.test().label(1)).isEqualTo(1);
        assertThat(dataset.notes())
                .singleElement()
                .asString()
                .contains(note, "; the model has " + numbers.length + " classes, named by their labels");
    }

    @Test
    void labelsWithoutGapsNeedNoNote() throws IOException {
        assertThat(open(SplitKind.STRATIFIED, 0, 1, 2).notes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0", "3", "255"})
    void oneClassIsRefusedWhateverItsNumber(int label) {
        assertThatThrownBy(() -> open(SplitKind.STRATIFIED, label))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("expected labels of at least two classes, got only label " + label + ", at ");
    }

    @Test
    void aTestLabelAboveTheTrainingLabelsIsRefused() {
        assertThatThrownBy(() -> open(SplitKind.STRATIFIED, new int[] {1, 5}, new int[] {1, 6}))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("expected labels from 0 to 5 (the training labels), got 6, at ");
    }

    @Test
    void aClassOfTheTestImagesAloneIsAClassAndTold() throws IOException {
        Dataset dataset = open(SplitKind.STRATIFIED, new int[] {0, 1, 3}, new int[] {0, 1, 2, 3});

        assertThat(dataset.classNames()).containsExactly("0", "1", "2", "3");
        assertThat(dataset.notes())
                .singleElement()
                .asString()
                .startsWith("class 2 does not occur in the training images, only in the test images");
    }

    @Test
    void aClassWithoutTestImagesIsTold() throws IOException {
        assertThat(open(SplitKind.STRATIFIED, new int[] {0, 1, 2}, new int[] {0, 1})
                        .notes())
                .singleElement()
                .asString()
                .startsWith("class 2 does not occur in the test images");
    }

    /** The file is in the order of its classes, as folders of pictures are packed. */
    @Test
    void theLastImagesOfASortedFileAreNoFairSplit() throws IOException {
        int[] sorted = new int[IMAGES];
        Arrays.fill(sorted, 30, 50, 1);
        Arrays.fill(sorted, 50, 60, 2);

        List<String> notes = open(SplitKind.LAST, sorted, new int[] {0, 1, 2}).notes();
        assertThat(notes).hasSize(2);
        assertThat(notes.get(0))
                .startsWith("class 2 does not occur in the images that are left to train on")
                .endsWith("--set split=stratified");
        assertThat(notes.get(1)).startsWith("class 0 does not occur in the validation images");
        assertThat(open(SplitKind.STRATIFIED, sorted, new int[] {0, 1, 2}).notes())
                .isEmpty();
    }

    @Test
    void testImagesThatAreTrainingImagesAreCounted() throws IOException {
        System.arraycopy(training, 0, test, 5 * PIXELS, 20 * PIXELS);

        assertThat(open(SplitKind.STRATIFIED, 0, 1).notes())
                .containsExactly("20 of the 60 test images are among the training images, too, pixel for pixel, so the"
                        + " test accuracy is too high; remove them from one of the two");
    }

    @Test
    void oneOtherPixelMakesAnotherImage() throws IOException {
        System.arraycopy(training, 0, test, 0, training.length);
        for (int image = 0; image < IMAGES; image++) {
            test[image * PIXELS + image % PIXELS]++;
        }
        test[0]--;

        assertThat(open(SplitKind.STRATIFIED, 0, 1).notes())
                .singleElement()
                .asString()
                .startsWith("1 of the 60 test images is among the training images");
    }

    @Test
    void validationImagesThatAreTrainingImagesAreCounted() throws IOException {
        // The last 12 are for validation; 7 of them are there twice.
        System.arraycopy(training, 0, training, 50 * PIXELS, 7 * PIXELS);

        assertThat(open(SplitKind.LAST, 0, 1).notes())
                .singleElement()
                .asString()
                .startsWith("7 of the 12 validation images are among the images that are left to train on");
    }

    @Test
    void imagesOfOneValueAreCounted() throws IOException {
        Arrays.fill(training, 0, PIXELS, (byte) 0);
        Arrays.fill(training, 59 * PIXELS, 60 * PIXELS, (byte) 77);
        Arrays.fill(test, 0, PIXELS, (byte) 255);

        assertThat(open(SplitKind.LAST, 0, 1).notes())
                .containsExactly(
                        "2 of the 60 training images have the same value in every pixel, so there is nothing to see;"
                                + " remove them, or check how the images were converted",
                        "1 of the 60 test images has the same value in every pixel, so there is nothing to see; remove"
                                + " them, or check how the images were converted");
    }

    @Test
    void invertedTestImagesAreTold() throws IOException {
        for (int i = 0; i < training.length; i++) {
            // Dark: 0 to 63, mean 31.5; bright: 192 to 255.
            training[i] = (byte) (training[i] & 63);
            test[i] = (byte) (255 - (test[i] & 63));
        }

        assertThat(open(SplitKind.STRATIFIED, 0, 1).notes())
                .singleElement()
                .asString()
                .containsPattern("test images have pixels of 22\\d\\.\\d on average.*training images of 3\\d\\.\\d")
                .endsWith("check that both were converted alike");
    }

    @Test
    void testImagesOfAnotherScaleAreTold() throws IOException {
        for (int i = 0; i < test.length; i++) {
            // 0 and 1, where the training images are of 0 to 255.
            test[i] &= 1;
        }

        assertThat(open(SplitKind.STRATIFIED, 0, 1).notes())
                .singleElement()
                .asString()
                .contains("converted alike");
    }

    @ParameterizedTest
    @CsvSource({"2, true", "3, false"})
    void rareClassesAreTold(int rare, boolean told) throws IOException {
        int[] labels = new int[IMAGES];
        Arrays.fill(labels, IMAGES - rare, IMAGES, 1);

        List<String> notes = open(SplitKind.STRATIFIED, labels, labels).notes();

        // 58 to 2 is above 20 to 1, 57 to 3 is not.
        assertThat(notes).hasSize(told ? 1 : 0);
        assertThat(String.join("", notes))
                .contains(told ? "class 0 has 58 training images, class 1 has 2; " : "")
                .endsWith(told ? "--class-weights balanced" : "");
    }

    @Test
    void fashionsClassesAreFixedAndThoseThatAreMissingAreTold() throws IOException {
        open(SplitKind.STRATIFIED, 0, 1, 2, 3, 4, 5, 6, 8, 9);

        Dataset dataset = Datasets.open(
                new DatasetRequest("fashion-mnist:" + folder, Amount.of(12), SplitKind.AUTO, Orientation.NORMAL));

        assertThat(dataset.classNames()).hasSize(10);
        assertThat(dataset.notes())
                .containsExactly("class Sneaker does not occur in any file, though the model has 10 classes; use the"
                        + " files of one dataset");
    }
}
