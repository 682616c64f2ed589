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
import java.util.Objects;
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

    /**
     * More and less than the 16 rows of a block; logits in more and fewer than its 256 threads; a batch that does not divide the number of samples; sizes around a
     * power of 4, where the network walks furthest.
     */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 0, 1, 1",
        "1, 2, 7, 3, 1000",
        "5, 17, 3, 2, 10",
        "5, 17, 11, 1, 10",
        "15, 64, 5, 4, 1",
        "16, 65, 2, 9, 17",
        "17, 257, 9, 256, 16",
        "64, 257, 9, 2, 33",
        "300, 1000, 5, 7, 3",
        "128, 60000, 100000, 2, 2"
    })
    void aStepGetsTheSamplesAndTheCopiesOfTheHostAndWhatBelongsToThem(
            int rows, int count, int step, int copies, int classes) {
        long seed = 0x1234_5678_9ABCL;
        int firstEpoch = 3 << 16;
        SampleOrder order = new SampleOrder(seed, count, rows);
        int[] samples = new int[rows];
        order.samples((long) firstEpoch * order.stepsPerEpoch() + step, samples);
        int epoch = firstEpoch + step / (count / rows);
        CounterRandom choice = new CounterRandom(seed, Purpose.COPY_CHOICE);
        byte[] labels = DatasetTensors.pixels(count);
        float[] teacher = TestTensors.random(3, copies, count, classes);
        float[] ensemble = TestTensors.random(4, copies, count, classes);
        float[] weights = TestTensors.random(5, count);
        ImagePipelineOps.Tables tables = new ImagePipelineOps.Tables(
                dataset.bytes(labels, count),
                tensors.of(teacher, copies, count, classes),
                tensors.of(ensemble, copies, count, classes),
                tensors.of(weights, count));
        ImagePipelineOps.Batch batch = new ImagePipelineOps.Batch(
                dataset.unwritten(rows),
                dataset.unwritten(rows),
                dataset.unwritten(1),
                dataset.unwritten(rows),
                tensors.unwritten(rows, classes),
                tensors.unwritten(rows, classes),
                tensors.unwritten(rows));
        ImagePipelineOps.Draw draw = new ImagePipelineOps.Draw(copies, seed, firstEpoch);
        pipeline.drawBatch(draw, dataset.integers(step), tables, batch);
        int[] chosen = new int[rows];
        int[] itsLabels = new int[rows];
        float[] itsWeights = new float[rows];
        float[] itsTeacher = new float[rows * classes];
        float[] itsEnsemble = new float[rows * classes];
        for (int row = 0; row < rows; row++) {
            chosen[row] = choice.below(epoch, samples[row], 0, copies);
            itsLabels[row] = labels[samples[row]] & 0xff;
            itsWeights[row] = weights[samples[row]];
            int from = (chosen[row] * count + samples[row]) * classes;
            System.arraycopy(teacher, from, itsTeacher, row * classes, classes);
            System.arraycopy(ensemble, from, itsEnsemble, row * classes, classes);
        }
        assertThat(backend.downloadIntegers(batch.samples())).containsExactly(samples);
        assertThat(backend.downloadIntegers(batch.epoch())).containsExactly(epoch);
        assertThat(backend.downloadIntegers(batch.labels())).containsExactly(itsLabels);
        assertThat(downloadIntegers(batch.copies())).containsExactly(chosen);
        assertThat(download(batch.weights())).containsExactly(itsWeights);
        assertThat(download(batch.teacher())).containsExactly(itsTeacher);
        assertThat(download(batch.ensemble())).containsExactly(itsEnsemble);
    }

    private int[] downloadIntegers(@Nullable Tensor tensor) {
        return backend.downloadIntegers(Objects.requireNonNull(tensor));
    }

    private float[] download(@Nullable Tensor tensor) {
        return backend.download(Objects.requireNonNull(tensor));
    }

    /** What is not there takes nothing from what is. */
    @ParameterizedTest
    @CsvSource({"false, false, false", "true, false, false", "false, true, false", "false, false, true"})
    void whatADataSetHasNotIsLeftOut(boolean hasTeacher, boolean hasEnsemble, boolean hasWeights) {
        int rows = 21;
        int count = 50;
        int classes = 20;
        byte[] labels = DatasetTensors.pixels(count);
        float[] logits = TestTensors.random(3, 1, count, classes);
        float[] weights = TestTensors.random(5, count);
        int[] samples = new int[rows];
        new SampleOrder(9, count, rows).samples(1, samples);
        Tensor table = tensors.of(logits, 1, count, classes);
        ImagePipelineOps.Batch batch = new ImagePipelineOps.Batch(
                dataset.unwritten(rows),
                null,
                dataset.unwritten(1),
                dataset.unwritten(rows),
                hasTeacher ? tensors.unwritten(rows, classes) : null,
                hasEnsemble ? tensors.unwritten(rows, classes) : null,
                hasWeights ? tensors.unwritten(rows) : null);
        pipeline.drawBatch(
                new ImagePipelineOps.Draw(1, 9, 0),
                dataset.integers(1),
                new ImagePipelineOps.Tables(
                        dataset.bytes(labels, count),
                        hasTeacher ? table : null,
                        hasEnsemble ? table : null,
                        hasWeights ? tensors.of(weights, count) : null),
                batch);
        assertThat(backend.downloadIntegers(batch.samples())).containsExactly(samples);
        int[] drawn = backend.downloadIntegers(batch.labels());
        for (int row = 0; row < rows; row++) {
            assertThat(drawn[row]).isEqualTo(labels[samples[row]] & 0xff);
            if (batch.weights() != null) {
                assertThat(download(batch.weights())[row]).isEqualTo(weights[samples[row]]);
            }
            Tensor its = hasTeacher ? batch.teacher() : batch.ensemble();
            for (int k = 0; its != null && k < classes; k++) {
                assertThat(download(its)[row * classes + k]).isEqualTo(logits[samples[row] * classes + k]);
            }
        }
    }

    @Test
    void aDrawThatDoesNotFitItsDataSetIsRefused() {
        ImagePipelineOps.Batch batch = new ImagePipelineOps.Batch(
                dataset.unwritten(3), null, dataset.unwritten(1), dataset.unwritten(3), null, null, null);
        Tensor step = dataset.integers(0);
        Tensor labels = dataset.bytes(new byte[2], 2);
        ImagePipelineOps.Tables two = new ImagePipelineOps.Tables(labels, null, null, null);
        assertThatThrownBy(() -> pipeline.drawBatch(new ImagePipelineOps.Draw(1, 1, 0), step, two, batch))
                .hasMessage("draw_batch: a batch of 3 cannot be drawn from 2 samples");
        ImagePipelineOps.Tables four =
                new ImagePipelineOps.Tables(dataset.bytes(new byte[4], 4), null, null, tensors.unwritten(4));
        assertThatThrownBy(() -> pipeline.drawBatch(new ImagePipelineOps.Draw(1, 1, 0), step, four, batch))
                .hasMessage("draw_batch: weights must be both in the data set and in the batch, or in neither");
        assertThatThrownBy(() -> pipeline.drawBatch(new ImagePipelineOps.Draw(2, 1, 0), step, four, batch))
                .hasMessageContaining("there must be 1 copy, or more and a place for the choice, got 2");
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
