package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.data.SampleOrder;
import io.mambapkd.image.AffineMap;
import io.mambapkd.image.AffineSampler;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What keeps a data set on the device: the order of its samples, its augmented copies, and tables that batches are mixed into. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class ResidentDataOpsContractTest {
    private final Backend backend;
    private final ImagePipelineOps pipeline;
    private final DatasetTensors dataset;
    private final TestTensors tensors;

    ResidentDataOpsContractTest(BackendUnderTest under) {
        backend = under.open();
        pipeline = backend.imagePipeline();
        dataset = new DatasetTensors(backend);
        tensors = new TestTensors(backend);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** More and less than a block of 256; a batch that does not divide the number; sizes around a power of 4, where the network walks furthest. */
    @ParameterizedTest
    @CsvSource({"1, 1, 0", "1, 2, 7", "5, 17, 3", "5, 17, 11", "64, 257, 9", "300, 1000, 5", "128, 60000, 100000"})
    void samplesOfAStepAreInTheOrderOfTheHost(int rows, int count, int step) {
        long seed = 0x1234_5678_9ABCL;
        int firstEpoch = 3 << 16;
        SampleOrder order = new SampleOrder(seed, count, rows);
        int[] expected = new int[rows];
        order.samples((long) firstEpoch * order.stepsPerEpoch() + step, expected);
        Tensor samples = dataset.integers(new int[rows]);
        Tensor epoch = dataset.integers(0);
        pipeline.sampleOrder(count, seed, firstEpoch, dataset.integers(step), samples, epoch);
        float[] actual = dataset.download(samples, count);
        for (int row = 0; row < rows; row++) {
            assertThat(actual[row]).as("row %d", row).isEqualTo(expected[row]);
        }
        // The epoch is seen in what is chosen by it.
        Tensor copies = dataset.integers(new int[rows]);
        pipeline.chooseCopies(9, seed, epoch, samples, copies);
        float[] chosen = dataset.download(copies, 9);
        CounterRandom choice = new CounterRandom(seed, Purpose.COPY_CHOICE);
        for (int row = 0; row < rows; row++) {
            int number = firstEpoch + step / (count / rows);
            assertThat(chosen[row]).isEqualTo(choice.below(number, expected[row], 0, 9));
        }
    }

    @Test
    void aBatchLargerThanTheNumberOfSamplesIsRefused() {
        Tensor samples = dataset.integers(0, 0, 0);
        Tensor one = dataset.integers(0);
        assertThatThrownBy(() -> pipeline.sampleOrder(2, 1, 0, one, samples, one))
                .hasMessage("sample_order: a batch of 3 cannot be drawn from 2 samples");
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1, 5", "9, 28, 28, 1, 15", "3, 7, 5, 3, 180", "2, 20, 20, 3, 45"})
    void augmentedPixelsAreTheImagesRoundedToBytes(int rows, int height, int width, int channels, double rotation) {
        ImageShape shape = new ImageShape(height, width, channels);
        int count = 4;
        byte[] pixels = DatasetTensors.pixels(count * shape.elements());
        int[] samples = DatasetTensors.samples(rows, count);
        Augmentation augmentation =
                new Augmentation(new AugmentationSpec(rotation, 0.3, 0.5, 4), 3, Purpose.CACHED_COPY);
        float[] maps = new float[rows * ImagePipelineOps.MAP];
        float[] drawn = new float[shape.elements()];
        float[] expected = new float[rows * shape.elements()];
        AffineSampler sampler = new AffineSampler(shape);
        for (int row = 0; row < rows; row++) {
            AffineMap map = augmentation.map(shape, row, samples[row]);
            System.arraycopy(DatasetTensors.values(map), 0, maps, row * ImagePipelineOps.MAP, ImagePipelineOps.MAP);
            sampler.sample(pixels, samples[row] * shape.elements(), map, drawn, 0);
            for (int i = 0; i < drawn.length; i++) {
                expected[row * shape.elements() + i] = (float) Math.floor(drawn[i] + 0.5f);
            }
        }
        Tensor target = dataset.bytes(new byte[expected.length], rows, height, width, channels);
        pipeline.augmentedPixels(
                dataset.bytes(pixels, count, height, width, channels),
                dataset.integers(samples),
                tensors.of(maps, rows, ImagePipelineOps.MAP),
                target);
        Tensor images = tensors.unwritten(rows, height, width, channels);
        int[] all = new int[rows];
        java.util.Arrays.setAll(all, i -> i);
        pipeline.images(
                new Normalisation(1, 0),
                target.reshape(1, rows, height, width, channels),
                null,
                dataset.integers(all),
                images);
        assertThat(backend.download(images)).containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 10", "26, 10", "300, 1", "2, 257"})
    void rowsAreMixedIntoThoseOfTheCopyAndTheSample(int rows, int width) {
        float[] before = TestTensors.random(3, 2, rows + 2, width);
        float[] source = TestTensors.random(4, rows, width);
        int[] samples = new int[rows];
        int[] copies = new int[rows];
        for (int row = 0; row < rows; row++) {
            samples[row] = rows + 1 - row;
            copies[row] = row % 2;
        }
        for (int @Nullable [] of : new int[] @Nullable [] {copies, null}) {
            float[] expected = before.clone();
            for (int i = 0; i < source.length; i++) {
                int copy = of == null ? 0 : of[i / width];
                int at = (copy * (rows + 2) + samples[i / width]) * width + i % width;
                expected[at] = 0.7f * before[at] + 0.3f * source[i];
            }
            Tensor target = tensors.of(before, 2, rows + 2, width);
            pipeline.mixRows(
                    tensors.of(source, rows, width),
                    0.7f,
                    0.3f,
                    of == null ? null : dataset.integers(of),
                    dataset.integers(samples),
                    target);
            assertThat(backend.download(target)).containsExactly(expected);
        }
    }
}
