package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.image.AffineMap;
import io.mambapkd.image.AffineSampler;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Flip;
import io.mambapkd.image.Normalisation;
import io.mambapkd.image.PlacedReference;
import io.mambapkd.image.Placement;
import io.mambapkd.image.Placer;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Crops, flips and cutouts, against their definition and against what the host does. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class PlacedImagesContractTest {
    private static final List<Float> MEAN = List.of(0.4914f, 0.4822f, 0.4465f);
    private static final List<Float> DEVIATION = List.of(0.247f, 0.2435f, 0.2616f);

    private final BackendUnderTest under;
    private final Backend backend;
    private final ImagePipelineOps pipeline;
    private final DatasetTensors dataset;
    private final TestTensors tensors;

    PlacedImagesContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
        pipeline = backend.imagePipeline();
        dataset = new DatasetTensors(backend);
        tensors = new TestTensors(backend);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private static Normalisation normalisation(int channels) {
        return Normalisation.of(MEAN.subList(0, channels), DEVIATION.subList(0, channels));
    }

    /** As far as an image can be moved, and anywhere between; squares that lie inside, half outside, and cover all. */
    private static Placement placement(int row, ImageShape shape) {
        int x = shape.width() - 1;
        int y = shape.height() - 1;
        return switch (row % 6) {
            case 0 -> new Placement(x, -y, false, 0, 0, 0);
            case 1 -> new Placement(-x, y, true, -1, y, 2);
            case 2 -> new Placement(0, 0, true, x / 2, y / 2, 1 + x / 3);
            case 3 -> new Placement(-1 % (x + 1), y / 2, true, 0, 0, 0);
            case 4 -> new Placement(x / 2, 1 % (y + 1), false, x, -2, 3);
            default -> new Placement(0, 0, false, -3, -3, 100);
        };
    }

    private Tensor upload(Placement[] placements) {
        int[] values = new int[placements.length * ImagePipelineOps.PLACEMENT];
        for (int row = 0; row < placements.length; row++) {
            Placement p = placements[row];
            int[] its = {p.shiftX(), p.shiftY(), p.flipped() ? 1 : 0, p.cutLeft(), p.cutTop(), p.cutSide()};
            System.arraycopy(its, 0, values, row * its.length, its.length);
        }
        return dataset.integers(values).reshape(placements.length, ImagePipelineOps.PLACEMENT);
    }

    /** Rows that 4 divides and others; less and more than the 1024 values of a block; a copy among two. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "12, 8, 6, 1", "7, 5, 7, 3", "6, 20, 20, 3", "6, 3, 2, 2", "300, 2, 2, 3"})
    void placedImagesAreWhatTheirDefinitionSaysToTheBitOfTheHost(int rows, int height, int width, int channels) {
        ImageShape shape = new ImageShape(height, width, channels);
        int elements = shape.elements();
        int count = 5;
        byte[] pixels = DatasetTensors.pixels(2 * count * elements);
        int[] samples = DatasetTensors.samples(rows, count);
        int[] copies = new int[rows];
        Placement[] placements = new Placement[rows];
        float[] expected = new float[rows * elements];
        Placer placer = new Placer(shape, normalisation(channels));
        for (int row = 0; row < rows; row++) {
            copies[row] = row % 2;
            placements[row] = placement(row, shape);
            int from = (copies[row] * count + samples[row]) * elements;
            placer.place(pixels, from, placements[row], expected, row * elements);
            float[] defined = PlacedReference.image(
                    Arrays.copyOfRange(pixels, from, from + elements), shape, placements[row], MEAN, DEVIATION);
            for (int i = 0; i < elements; i++) {
                assertThat(expected[row * elements + i]).isCloseTo(defined[i], within(1e-6f));
            }
        }
        Tensor images = tensors.unwritten(rows, height, width, channels);
        pipeline.images(
                normalisation(channels),
                dataset.bytes(pixels, 2, count, height, width, channels),
                dataset.integers(copies),
                dataset.integers(samples),
                upload(placements),
                images);
        assertThat(backend.download(images)).containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "12, 8, 6, 1", "7, 5, 7, 3", "6, 20, 20, 3", "6, 3, 2, 2"})
    void mappedImagesArePlacedAfterwards(int rows, int height, int width, int channels) {
        ImageShape shape = new ImageShape(height, width, channels);
        int elements = shape.elements();
        int count = 4;
        byte[] pixels = DatasetTensors.pixels(count * elements);
        int[] samples = DatasetTensors.samples(rows, count);
        Augmentation augmentation = new Augmentation(new AugmentationSpec(45, 0.3, 0.5, 2), 3, Purpose.AUGMENTATION);
        float[] maps = new float[rows * ImagePipelineOps.MAP];
        Placement[] placements = new Placement[rows];
        float[] placed = new float[rows * elements];
        float[] mapped = new float[rows * elements];
        float[] drawn = new float[elements];
        AffineSampler sampler = new AffineSampler(shape);
        Placer placer = new Placer(shape, normalisation(channels));
        for (int row = 0; row < rows; row++) {
            AffineMap map = augmentation.map(shape, row, samples[row]);
            System.arraycopy(DatasetTensors.values(map), 0, maps, row * ImagePipelineOps.MAP, ImagePipelineOps.MAP);
            placements[row] = placement(row, shape);
            sampler.sample(pixels, samples[row] * elements, map, drawn, 0);
            placer.place(drawn, 0, placements[row], placed, row * elements);
            for (int i = 0; i < elements; i++) {
                mapped[row * elements + i] = normalisation(channels).apply(drawn[i], i % channels);
            }
        }
        Tensor source = dataset.bytes(pixels, count, height, width, channels);
        Tensor ofMaps = tensors.of(maps, rows, ImagePipelineOps.MAP);
        Tensor images = tensors.unwritten(rows, height, width, channels);
        pipeline.augmentedImages(
                normalisation(channels), source, dataset.integers(samples), ofMaps, upload(placements), images);
        assertThat(backend.download(images)).containsExactly(placed);
        pipeline.augmentedImages(normalisation(channels), source, dataset.integers(samples), ofMaps, null, images);
        assertThat(backend.download(images)).containsExactly(mapped);
    }

    /** Both purposes, seeds of more than 32 bits, negative ones, more rows than a block; one stream for all rows, and one for each. */
    @ParameterizedTest
    @CsvSource({
        "1, AUGMENTATION, 0, 257",
        "2, AUGMENTATION, 7, 33",
        "-7, CACHED_COPY, 3, 20",
        "81985529216486895, CACHED_COPY, 1, 1"
    })
    void placementsAreThoseOfTheHost(long seed, Purpose purpose, int stream, int rows) {
        ImageShape shape = new ImageShape(28, 20, 3);
        int[] samples = DatasetTensors.samples(rows, 60_000);
        int[] streams = new int[rows];
        Arrays.setAll(streams, row -> row % 4);
        for (Flip flip : Flip.values()) {
            for (int size : new int[] {0, 3, 19}) {
                AugmentationSpec spec = new AugmentationSpec(0, 0, 0, 0, size, flip, size);
                if (!spec.places()) {
                    continue;
                }
                Augmentation augmentation = new Augmentation(spec, seed, purpose);
                Tensor placements =
                        dataset.unwritten(rows * ImagePipelineOps.PLACEMENT).reshape(rows, ImagePipelineOps.PLACEMENT);
                Tensor ids = dataset.integers(samples);
                pipeline.placements(spec, shape, seed, purpose, dataset.integers(stream), ids, placements);
                requirePlacements(augmentation, shape, row -> stream, samples, placements);
                pipeline.placements(spec, shape, seed, purpose, dataset.integers(streams), ids, placements);
                requirePlacements(augmentation, shape, row -> streams[rows == 1 ? 0 : row], samples, placements);
            }
        }
    }

    private void requirePlacements(
            Augmentation augmentation, ImageShape shape, IntUnaryOperator stream, int[] samples, Tensor placements) {
        int[] actual = backend.downloadIntegers(placements);
        for (int row = 0; row < samples.length; row++) {
            int at = row * ImagePipelineOps.PLACEMENT;
            Placement placement = new Placement(
                    actual[at], actual[at + 1], actual[at + 2] != 0, actual[at + 3], actual[at + 4], actual[at + 5]);
            assertThat(placement)
                    .as("row %d of %s", row, augmentation.spec())
                    .isEqualTo(augmentation.placement(shape, stream.applyAsInt(row), samples[row]));
        }
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "3, 0", "0, -1", "0, 2"})
    void aSampleOrCopyThatIsNotThereIsNamedOrGivesNaN(int sample, int copy) {
        Tensor source = dataset.bytes(DatasetTensors.pixels(2 * 3 * 12), 2, 3, 2, 2, 3);
        Tensor images = tensors.unwritten(2, 2, 2, 3);
        Tensor samples = dataset.integers(0, sample);
        Tensor copies = dataset.integers(0, copy);
        Tensor placements = upload(new Placement[] {Placement.NONE, new Placement(1, 0, true)});
        if (under.computesOnCpu()) {
            assertThatThrownBy(() -> pipeline.images(normalisation(3), source, copies, samples, placements, images))
                    .hasMessageStartingWith("images: " + (sample == 0 ? "copy " + copy : "sample " + sample));
        } else {
            pipeline.images(normalisation(3), source, copies, samples, placements, images);
            float[] values = backend.download(images);
            for (int i = 0; i < values.length; i++) {
                assertThat(Float.isNaN(values[i])).as("value %d", i).isEqualTo(i >= values.length / 2);
            }
        }
    }

    @Test
    void aMappedImageOfASampleThatIsNotThereIsNamedOrNaN() {
        Tensor source = dataset.bytes(DatasetTensors.pixels(12), 1, 2, 2, 3);
        Tensor images = tensors.unwritten(1, 2, 2, 3);
        Tensor maps = tensors.of(new float[] {1, 0, 0, 0, 1, 0}, 1, 6);
        Tensor samples = dataset.integers(1);
        if (under.computesOnCpu()) {
            assertThatThrownBy(() -> pipeline.augmentedImages(normalisation(3), source, samples, maps, null, images))
                    .hasMessage("augmented_images: sample 1 of row 0 is outside 0..0");
        } else {
            pipeline.augmentedImages(normalisation(3), source, samples, maps, null, images);
            assertThat(backend.download(images)).containsOnly(Float.NaN);
        }
    }

    @Test
    void numbersOfOtherChannelsAndPlacementsOfOtherRowsAreRefused() {
        Tensor source = dataset.bytes(new byte[8], 1, 1, 2, 2, 2);
        Tensor images = tensors.unwritten(1, 2, 2, 2);
        Tensor samples = dataset.integers(0);
        assertThatThrownBy(() -> pipeline.images(normalisation(3), source, null, samples, images))
                .hasMessage("images: the numbers of 3 channels cannot normalise images of 2");
        Tensor two = upload(new Placement[] {Placement.NONE, Placement.NONE});
        assertThatThrownBy(() -> pipeline.images(normalisation(2), source, null, samples, two, images))
                .hasMessageContaining("images: placements must have shape (1, 6)");
        Tensor floats = tensors.unwritten(1, ImagePipelineOps.PLACEMENT);
        assertThatThrownBy(() -> pipeline.images(normalisation(2), source, null, samples, floats, images))
                .hasMessageContaining("placements must be " + DType.I32);
        AugmentationSpec far = new AugmentationSpec(0, 0, 0, 0, 2, Flip.NONE, 0);
        Tensor one = upload(new Placement[] {Placement.NONE});
        assertThatThrownBy(() -> pipeline.placements(
                        far, new ImageShape(4, 2, 1), 1, Purpose.AUGMENTATION, dataset.integers(1), samples, one))
                .hasMessage("placements: images of 4x2x1 cannot be continued by 2 pixels");
        assertThatThrownBy(() -> pipeline.placements(
                        AugmentationSpec.NONE,
                        new ImageShape(4, 2, 1),
                        1,
                        Purpose.AUGMENTATION,
                        dataset.integers(1),
                        samples,
                        one))
                .hasMessageStartingWith("placements: ")
                .hasMessageEndingWith(" leaves images in their places");
    }
}
