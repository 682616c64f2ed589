package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.Amount;
import io.mambapkd.config.Setting;
import io.mambapkd.data.cifar.CifarFiles;
import io.mambapkd.data.folder.ImageOptions;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.image.PixelSums;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Images that early exits are certified on are a part of the data of their own, whatever the data are. */
class CalibrationSplitTest {
    private static final int IMAGES = 100;
    private static final int PIXELS = 16;

    @TempDir
    private Path folder;

    /** Data sets whose training images all differ. */
    enum Kind {
        /** 100 images, classes 0 to 9 in turn. */
        IDX,
        /** The same with the last images for validation. */
        IDX_LAST,
        CIFAR,
        /** A folder that has images for validation. */
        FOLDER,
        /** A folder that has neither images for validation nor for the test. */
        FLAT_FOLDER
    }

    private String write(Kind kind) throws IOException {
        switch (kind) {
            case IDX, IDX_LAST -> {
                for (String part : List.of("train", "t10k")) {
                    byte[] pixels = new byte[IMAGES * PIXELS];
                    new Random(part.length()).nextBytes(pixels);
                    byte[] labels = new byte[IMAGES];
                    for (int i = 0; i < IMAGES; i++) {
                        labels[i] = (byte) (i % 10);
                    }
                    Files.write(folder.resolve(part + "-images-idx3-ubyte"), IdxBytes.images(IMAGES, 4, 4, pixels));
                    Files.write(folder.resolve(part + "-labels-idx1-ubyte"), IdxBytes.labels(labels));
                }
                return "idx:" + folder;
            }
            case CIFAR -> {
                byte[] tar = CifarFiles.tar("cifar-10-batches-bin/", CifarFiles.cifar10(20));
                Files.write(folder.resolve("cifar-10-binary.tar.gz"), CifarFiles.gzip(tar));
                return "cifar10:" + folder;
            }
            default -> {
                for (String name : List.of("cat", "dog")) {
                    pictures(kind == Kind.FOLDER ? "train/" + name : name, name.equals("cat") ? 80 : 40);
                    if (kind == Kind.FOLDER) {
                        pictures("val/" + name, 5);
                        pictures("test/" + name, 5);
                    }
                }
                return "folder:" + folder;
            }
        }
    }

    private void pictures(String name, int count) throws IOException {
        Path place = Files.createDirectories(folder.resolve(name));
        for (int i = 0; i < count; i++) {
            Files.write(place.resolve(i + ".png"), TestImages.png(6, 6, 1000L * name.hashCode() + i));
        }
    }

    private static Dataset open(Kind kind, String descriptor, String calibration) {
        SplitKind split = kind == Kind.IDX_LAST ? SplitKind.LAST : SplitKind.AUTO;
        Amount wanted = RunSpecYaml.preset("mnist-demo", List.of(Setting.plain("x", "calibrationImages", calibration)))
                .calibrationImages();
        Amount validation = Amount.of(kind == Kind.FOLDER ? 0 : 20);
        return Datasets.open(
                new DatasetRequest(descriptor, validation, wanted, split, Orientation.NORMAL, ImageOptions.NONE));
    }

    /** Pixels and label of each image, in order. */
    private static List<String> images(ImageSet set) {
        int elements = set.shape().elements();
        List<String> images = new ArrayList<>();
        for (int i = 0; i < set.size(); i++) {
            byte[] pixels = Arrays.copyOfRange(set.pixels(), i * elements, (i + 1) * elements);
            images.add(Arrays.toString(pixels) + " " + set.label(i));
        }
        return images;
    }

    private static ImageSet calibration(Dataset dataset) {
        return dataset.calibration().orElseThrow();
    }

    private static int[] counts(ImageSet set) {
        int[] counts = new int[set.classes()];
        Arrays.stream(set.labels()).forEach(label -> counts[label]++);
        return counts;
    }

    @ParameterizedTest
    @EnumSource
    void theyAreTakenOutOfTheTrainingImagesWhichKeepTheirOrder(Kind kind) throws IOException {
        String descriptor = write(kind);
        Dataset without = open(kind, descriptor, "0");
        Dataset with = open(kind, descriptor, "30");
        List<String> training = images(with.training());
        List<String> calibration = images(calibration(with));
        List<String> all = images(without.training());

        assertThat(without.calibration()).isEmpty();
        assertThat(new HashSet<>(all)).as("the images all differ").hasSameSizeAs(all);
        assertThat(calibration).hasSize(30).isSubsetOf(all);
        assertThat(training).hasSize(all.size() - 30);
        assertThat(training)
                .containsExactlyElementsOf(all.stream()
                        .filter(image -> !calibration.contains(image))
                        .toList());
        assertThat(calibration)
                .containsExactlyElementsOf(
                        all.stream().filter(image -> !training.contains(image)).toList());
        assertThat(images(with.validation())).isEqualTo(images(without.validation()));
        assertThat(images(with.test())).isEqualTo(images(without.test()));
    }

    @ParameterizedTest
    @EnumSource
    void eachClassGivesInProportion(Kind kind) throws IOException {
        Dataset dataset = open(kind, write(kind), "30");

        int[] calibration = counts(calibration(dataset));

        int[] training = counts(dataset.training());
        double share = 30.0 / (30 + dataset.training().size());
        for (int c = 0; c < calibration.length; c++) {
            assertThat(Math.abs(calibration[c] - share * (calibration[c] + training[c])))
                    .as("class %d", c)
                    .isLessThan(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyOpeningDrawsTheSame(Kind kind) throws IOException {
        String descriptor = write(kind);

        assertThat(images(calibration(open(kind, descriptor, "30"))))
                .isEqualTo(images(calibration(open(kind, descriptor, "30"))));
    }

    /** A run that was asked for a share keeps the number. */
    @ParameterizedTest
    @CsvSource({"IDX, 100", "CIFAR, 100", "FOLDER, 120", "FLAT_FOLDER, 108"})
    void aShareIsOneOfAllTrainingImages(Kind kind, int all) throws IOException {
        String descriptor = write(kind);
        Dataset share = open(kind, descriptor, "25%");

        assertThat(share.calibrationImages()).isEqualTo(all / 4);
        assertThat(images(calibration(share)))
                .isEqualTo(images(calibration(open(kind, descriptor, Integer.toString(all / 4)))));
    }

    @Test
    void meanAndDeviationDoNotSeeThem() throws IOException {
        Dataset dataset = open(Kind.FLAT_FOLDER, write(Kind.FLAT_FOLDER), "30");
        ImageSet training = dataset.training();
        PixelSums sums = PixelSums.of(
                training.pixels(),
                training.size() * training.shape().elements(),
                training.shape().channels());

        assertThat(training.sums()).isEqualTo(sums);
        assertThat(dataset.mean()).isEqualTo(Statistics.of(sums).mean());
        assertThat(dataset.standardDeviation()).isEqualTo(Statistics.of(sums).standardDeviation());
    }

    /** The draw for validation is made with another purpose: were it the same, the two would take the same places of each class. */
    @Test
    void theDrawIsNotThatOfTheValidationImages() {
        byte[] labels = new byte[IMAGES];
        ImageSet images = new ImageSet(new ImageShape(1, 1, 1), 1, numbered(), labels);
        BitSet positions =
                Split.of(labels, 1, Amount.of(20), SplitKind.STRATIFIED, "here").validation();
        byte[] validation = images.chosen(positions).pixels();

        CalibrationSplit split = CalibrationSplit.of(images, IMAGES, 1, Amount.of(20), "here");

        byte[] drawn = split.calibration().orElseThrow().pixels();
        assertThat(drawn).hasSize(20).isNotEqualTo(validation);
    }

    private static byte[] numbered() {
        byte[] pixels = new byte[IMAGES];
        for (int i = 0; i < IMAGES; i++) {
            pixels[i] = (byte) i;
        }
        return pixels;
    }

    @Test
    void mnistKeepsItsLastImagesForValidation() {
        Dataset mnist = Datasets.open(new DatasetRequest(
                "mnist", Amount.of(0), Amount.of(10_000), SplitKind.AUTO, Orientation.NORMAL, ImageOptions.NONE));
        Dataset usual = Datasets.open(new DatasetRequest("mnist", Amount.of(0), SplitKind.AUTO, Orientation.NORMAL));

        assertThat(mnist.training().size()).isEqualTo(40_000);
        assertThat(calibration(mnist).size()).isEqualTo(10_000);
        assertThat(mnist.validation().labels()).isEqualTo(usual.validation().labels());
        assertThat(mnist.validation().pixels()).isEqualTo(usual.validation().pixels());
        assertThat(mnist.mean()).isEqualTo(usual.mean());
        assertThat(mnist.split()).isEqualTo(SplitKind.LAST);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2 | 7 | from 1 to 6, or 0 for none | one of each of the 2 classes
            1 | 8 | from 1 to 7, or 0 for none | one
            8 | 1 | 0                          | one of each of the 8 classes
            """)
    void oneOfEachClassIsLeftToTrainOn(int classes, int wanted, String expected, String kept) {
        byte[] labels = new byte[8];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (byte) (i % classes);
        }
        ImageSet images = new ImageSet(new ImageShape(1, 1, 1), classes, new byte[8], labels);

        assertThatThrownBy(() -> CalibrationSplit.of(images, 10, classes, Amount.of(wanted), "here"))
                .isInstanceOf(InputException.class)
                .hasMessage("expected calibrationImages " + expected + ", got " + wanted
                        + " for the 8 training images at here that are not for validation, of which " + kept
                        + " must be left to train on; set it with --set calibrationImages=N or --calibration N");
    }

    @Test
    void aClassWithOneImageKeepsIt() {
        byte[] labels = {0, 0, 0, 0, 0, 1};
        ImageSet images = new ImageSet(new ImageShape(1, 1, 1), 2, new byte[6], labels);

        CalibrationSplit split = CalibrationSplit.of(images, 6, 2, Amount.of(4), "here");

        assertThat(counts(split.training())).containsExactly(1, 1);
    }

    @Test
    void aShareOfLessThanAnImageIsRefused() throws IOException {
        String descriptor = write(Kind.IDX);

        assertThatThrownBy(() -> open(Kind.IDX, descriptor, "0.1%"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(
                        "expected calibrationImages from 1 to 70, or 0 for none, got 0.1%, which is 0, for the 80");
    }

    @Test
    void otherClassesAndAnotherMeanLeaveThem() throws IOException {
        Dataset dataset = open(Kind.FOLDER, write(Kind.FOLDER), "30");

        Dataset matched = dataset.withClasses(List.of("dog", "eel", "cat"))
                .orElseThrow()
                .shownAs(List.of(0f, 0f, 0f), List.of(1f, 1f, 1f));

        assertThat(counts(calibration(matched))).containsExactly(10, 0, 20);
        assertThat(calibration(matched).pixels()).isEqualTo(calibration(dataset).pixels());
    }

    @Test
    void copiesOfTrainingImagesAreNoted() throws IOException {
        String descriptor = write(Kind.IDX);
        byte[] pixels = new byte[IMAGES * PIXELS];
        for (int i = 0; i < pixels.length; i++) {
            // Two images of each class, many times.
            pixels[i] = (byte) (i / PIXELS % 20 * 7 + i % PIXELS);
        }
        Files.write(folder.resolve("train-images-idx3-ubyte"), IdxBytes.images(IMAGES, 4, 4, pixels));

        assertThat(open(Kind.IDX, descriptor, "20").notes())
                .contains("20 of the 20 calibration images are among the images for training or validation, too, pixel"
                        + " for pixel, so what is certified on them promises too much; keep one of each");
    }
}
