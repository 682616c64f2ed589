package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.data.Gather;
import io.mambapkd.data.ImageSet;
import io.mambapkd.image.AffineMap;
import io.mambapkd.image.AffineSampler;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what the host does to images: {@link Gather}, {@link Augmentation} and {@link AffineSampler}. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class ImagePipelineOpsContractTest {
    private static final AugmentationSpec SPEC = new AugmentationSpec(15, 0.1, 0.2, 2);
    private static final float MEAN = 0.1307f;
    private static final float DEVIATION = 0.3081f;
    private static final Normalisation NORMALISATION = Normalisation.of(MEAN, DEVIATION);

    private final BackendUnderTest under;
    private final Backend backend;
    private final ImagePipelineOps pipeline;
    private final DatasetTensors dataset;
    private final TestTensors tensors;

    ImagePipelineOpsContractTest(BackendUnderTest under) {
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

    /** Rows that 4 divides and others; less and more than the 1024 values of a block. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "5, 28, 28, 1", "3, 7, 5, 3", "2, 20, 20, 3", "300, 2, 2, 1"})
    void imagesAreTheBitsThatTheHostGathers(int rows, int height, int width, int channels) {
        ImageShape shape = new ImageShape(height, width, channels);
        int count = 6;
        byte[] pixels = DatasetTensors.pixels(count * shape.elements());
        int[] samples = DatasetTensors.samples(rows, count);
        float[] expected = new float[rows * shape.elements()];
        new Gather(shape, NORMALISATION)
                .images(new ImageSet(shape, 2, pixels, new byte[count]), samples, 0, rows, expected);
        Tensor source = dataset.bytes(pixels, 1, count, height, width, channels);
        Tensor images = tensors.unwritten(rows, height, width, channels);
        pipeline.images(NORMALISATION, source, null, dataset.integers(samples), images);
        assertThat(backend.download(images)).containsExactly(expected);
    }

    @Test
    void imagesOfCopiesAreThoseOfTheirRow() {
        int elements = 6;
        byte[] pixels = DatasetTensors.pixels(3 * 4 * elements);
        int[] copies = {2, 0, 1, 2, 0};
        int[] samples = {0, 3, 1, 3, 0};
        Tensor images = tensors.unwritten(5, 2, 3, 1);
        pipeline.images(
                NORMALISATION,
                dataset.bytes(pixels, 3, 4, 2, 3, 1),
                dataset.integers(copies),
                dataset.integers(samples),
                images);
        float[] values = backend.download(images);
        for (int i = 0; i < values.length; i++) {
            int at = (copies[i / elements] * 4 + samples[i / elements]) * elements + i % elements;
            assertThat(values[i]).isEqualTo(NORMALISATION.apply(pixels[at] & 0xff, 0));
        }
    }

    @Test
    void aSourceBehindAnOddNumberOfBytesIsReadRight() {
        // Bytes 5.. of the dataset: no access of 4 bytes is possible there.
        byte[] pixels = DatasetTensors.pixels(5 + 8);
        Tensor source = dataset.bytes(pixels, 13).slices(5, 8).reshape(1, 2, 2, 2, 1);
        Tensor images = tensors.unwritten(2, 2, 2, 1);
        pipeline.images(NORMALISATION, source, null, dataset.integers(0, 1), images);
        float[] values = backend.download(images);
        for (int i = 0; i < 8; i++) {
            assertThat(values[i]).isEqualTo(NORMALISATION.apply(pixels[5 + i] & 0xff, 0));
        }
    }

    /** Strong maps too, that look at much of the outside. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1, 5", "9, 28, 28, 1, 15", "3, 7, 5, 3, 180", "2, 20, 20, 3, 45"})
    void augmentedImagesAreTheBitsThatTheHostSamplesForTheSameMaps(
            int rows, int height, int width, int channels, double rotation) {
        ImageShape shape = new ImageShape(height, width, channels);
        int count = 4;
        byte[] pixels = DatasetTensors.pixels(count * shape.elements());
        int[] samples = DatasetTensors.samples(rows, count);
        Augmentation augmentation =
                new Augmentation(new AugmentationSpec(rotation, 0.3, 0.5, 4), 3, Purpose.AUGMENTATION);
        float[] maps = new float[rows * ImagePipelineOps.MAP];
        float[] expected = new float[rows * shape.elements()];
        AffineSampler sampler = new AffineSampler(shape);
        for (int row = 0; row < rows; row++) {
            AffineMap map = augmentation.map(shape, row, samples[row]);
            System.arraycopy(DatasetTensors.values(map), 0, maps, row * ImagePipelineOps.MAP, ImagePipelineOps.MAP);
            sampler.sample(pixels, samples[row] * shape.elements(), map, expected, row * shape.elements());
        }
        for (int i = 0; i < expected.length; i++) {
            expected[i] = NORMALISATION.apply(expected[i], 0);
        }
        Tensor images = tensors.unwritten(rows, height, width, channels);
        pipeline.augmentedImages(
                NORMALISATION,
                dataset.bytes(pixels, count, height, width, channels),
                dataset.integers(samples),
                tensors.of(maps, rows, ImagePipelineOps.MAP),
                images);
        assertThat(backend.download(images)).containsExactly(expected);
    }

    /** Both purposes, seeds of more than 32 bits, negative ones, more rows than a block. */
    @ParameterizedTest
    @CsvSource({"1, AUGMENTATION, 0, 257", "-7, CACHED_COPY, 3, 20", "81985529216486895, AUGMENTATION, 65536, 1"})
    void mapsAreThoseOfTheHostToTheLastPlace(long seed, Purpose purpose, int stream, int rows) {
        for (AugmentationSpec spec :
                new AugmentationSpec[] {SPEC, AugmentationSpec.NONE, new AugmentationSpec(180, 0.9, 2, 64)}) {
            ImageShape shape = new ImageShape(28, 20, 1);
            int[] samples = DatasetTensors.samples(rows, 60_000);
            Tensor maps = tensors.unwritten(rows, ImagePipelineOps.MAP);
            pipeline.affineMaps(spec, shape, seed, purpose, dataset.integers(stream), dataset.integers(samples), maps);
            float[] actual = backend.download(maps);
            Augmentation augmentation = new Augmentation(spec, seed, purpose);
            for (int row = 0; row < rows; row++) {
                float[] expected = DatasetTensors.values(augmentation.map(shape, stream, samples[row]));
                for (int i = 0; i < ImagePipelineOps.MAP; i++) {
                    // One unit in the last place, and what doubles of up to 100 lose where they cancel.
                    assertThat(actual[row * ImagePipelineOps.MAP + i])
                            .as("map %d, value %d of %s", row, i, spec)
                            .isCloseTo(expected[i], within(Math.ulp(expected[i]) + 1e-13f));
                }
            }
        }
    }

    /** Sample -1 of copy 1 would be the last of copy 0. */
    @ParameterizedTest
    @CsvSource({"-1, 1", "3, 0", "0, -1", "0, 2"})
    void aSampleOrCopyThatIsNotThereIsNamedOrGivesNaN(int sample, int copy) {
        Tensor source = dataset.bytes(DatasetTensors.pixels(2 * 3 * 4), 2, 3, 2, 2, 1);
        Tensor images = tensors.unwritten(2, 2, 2, 1);
        Tensor samples = dataset.integers(0, sample);
        Tensor copies = dataset.integers(0, copy);
        if (under.computesOnCpu()) {
            String what = sample == 0
                    ? "copy " + copy + " of row 1 is outside 0..1"
                    : "sample " + sample + " of row 1 is outside 0..2";
            assertThatThrownBy(() -> pipeline.images(NORMALISATION, source, copies, samples, images))
                    .hasMessage("images: " + what);
        } else {
            pipeline.images(NORMALISATION, source, copies, samples, images);
            onlyTheSecondRowIsNaN(backend.download(images));
        }
    }

    private static void onlyTheSecondRowIsNaN(float[] values) {
        for (int i = 0; i < values.length; i++) {
            assertThat(Float.isNaN(values[i])).as("value %d", i).isEqualTo(i >= values.length / 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 3})
    void anAugmentedImageOfASampleThatIsNotThereIsNamedOrNaN(int sample) {
        Tensor source = dataset.bytes(DatasetTensors.pixels(3 * 4), 3, 2, 2, 1);
        Tensor images = tensors.unwritten(2, 2, 2, 1);
        Tensor maps = tensors.of(new float[] {1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0}, 2, 6);
        Tensor samples = dataset.integers(0, sample);
        if (under.computesOnCpu()) {
            assertThatThrownBy(() -> pipeline.augmentedImages(NORMALISATION, source, samples, maps, images))
                    .hasMessage("augmented_images: sample " + sample + " of row 1 is outside 0..2");
        } else {
            pipeline.augmentedImages(NORMALISATION, source, samples, maps, images);
            onlyTheSecondRowIsNaN(backend.download(images));
        }
    }

    @Test
    void aSourceOfFloatsOrOfAnotherShapeIsRefused() {
        Tensor samples = dataset.integers(0);
        Tensor images = tensors.unwritten(1, 2, 2, 1);
        assertThatThrownBy(
                        () -> pipeline.images(NORMALISATION, tensors.unwritten(1, 3, 2, 2, 1), null, samples, images))
                .hasMessageContaining("images: source must be U8");
        Tensor larger = dataset.bytes(new byte[9], 1, 1, 3, 3, 1);
        assertThatThrownBy(() -> pipeline.images(NORMALISATION, larger, null, samples, images))
                .hasMessageContaining("images: images must have shape (1, 3, 3, 1)");
    }
}
