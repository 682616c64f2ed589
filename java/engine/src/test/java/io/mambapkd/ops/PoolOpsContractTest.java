package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class PoolOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;

    PoolOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 2, 1", "3, 4, 6, 16", "2, 5, 7, 33", "2, 3, 2, 3"})
    void maximumAndItsGradientMatchTheDefinition(int batch, int height, int width, int channels) {
        int[] in = {batch, height, width, channels};
        int[] out = {batch, height / 2, width / 2, channels};
        // Few different values, so that ties of every kind occur.
        float[] x = TestTensors.random(1, in);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.floor(3 * x[i]);
        }
        float[] dy = TestTensors.random(2, out);
        float[] expected = new float[dy.length];
        float[] expectedGradient = new float[x.length];
        for (int at = 0; at < dy.length; at++) {
            int c = at % channels;
            int j = at / channels % out[2];
            int i = at / channels / out[2] % out[1];
            int b = at / channels / out[2] / out[1];
            int best = -1;
            for (int window = 0; window < 4; window++) {
                int row = 2 * i + window / 2;
                int column = 2 * j + window % 2;
                int from = ((b * height + row) * width + column) * channels + c;
                best = best < 0 || x[from] > x[best] ? from : best;
            }
            expected[at] = x[best];
            expectedGradient[best] = dy[at];
        }
        TestTensors tensors = new TestTensors(backend);
        Tensor images = tensors.of(x, in);
        Tensor y = tensors.unwritten(out);
        Tensor dx = tensors.unwritten(in);
        backend.pool().maxPool2x2(images, y);
        backend.pool().maxPool2x2Gradient(images, tensors.of(dy, out), dx);
        assertThat(tensors.download(y)).containsExactly(expected);
        assertThat(tensors.download(dx)).containsExactly(expectedGradient);
    }

    /** Windows of every shape, with and without a rest at the borders, and of the whole image. */
    @ParameterizedTest
    @CsvSource({
        "1, 3, 3, 1, 3, 3",
        "2, 7, 7, 16, 3, 3",
        "2, 4, 6, 33, 4, 6",
        "3, 5, 8, 3, 2, 3",
        "1, 6, 1, 2, 3, 1",
        "2, 4, 5, 5, 2, 2",
        "2, 3, 4, 7, 1, 1"
    })
    void maximaOfWindowsAndTheirGradientsMatchTheDefinition(
            int batch, int height, int width, int channels, int rows, int columns) {
        PoolOps.Windows windows = new PoolOps.Windows(rows, columns);
        int[] in = {batch, height, width, channels};
        int[] out = {batch, height / rows, width / columns, channels};
        float[] x = TestTensors.random(1, in);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.floor(3 * x[i]);
        }
        float[] dy = TestTensors.random(2, out);
        float[] expected = new float[dy.length];
        float[] expectedGradient = new float[x.length];
        for (int at = 0; at < dy.length; at++) {
            int c = at % channels;
            int j = at / channels % out[2];
            int i = at / channels / out[2] % out[1];
            int b = at / channels / out[2] / out[1];
            int best = -1;
            for (int element = 0; element < rows * columns; element++) {
                int row = rows * i + element / columns;
                int column = columns * j + element % columns;
                int from = ((b * height + row) * width + column) * channels + c;
                best = best < 0 || x[from] > x[best] ? from : best;
            }
            expected[at] = x[best];
            expectedGradient[best] = dy[at];
        }
        TestTensors tensors = new TestTensors(backend);
        Tensor images = tensors.of(x, in);
        Tensor y = tensors.unwritten(out);
        Tensor dx = tensors.unwritten(in);
        backend.pool().maxPool(windows, images, y);
        backend.pool().maxPoolGradient(windows, images, tensors.of(dy, out), dx);
        assertThat(tensors.download(y)).containsExactly(expected);
        assertThat(tensors.download(dx)).containsExactly(expectedGradient);
    }

    @ParameterizedTest
    @CsvSource({"2, 7, 7, 16, 3, 3", "2, 4, 6, 33, 4, 6", "3, 5, 8, 3, 2, 3"})
    void maximaOfWindowsOfBfloat16AreNotRounded(int batch, int height, int width, int channels, int rows, int columns) {
        PoolOps.Windows windows = new PoolOps.Windows(rows, columns);
        int[] in = {batch, height, width, channels};
        int[] out = {batch, height / rows, width / columns, channels};
        Results.matchInBfloat16("max", backend, 0, (own, results) -> {
            SequenceTensors tensors = results.tensors();
            Tensor x = tensors.activations(-1, 1, in);
            Tensor y = tensors.unwrittenActivations(out);
            Tensor dx = tensors.unwrittenActivations(in);
            own.pool().maxPool(windows, x, y);
            own.pool().maxPoolGradient(windows, x, tensors.activations(-1, 1, out), dx);
            results.add("y", y);
            results.add("dx", dx);
        });
    }

    @Test
    void imagesWithoutAWindowOfTheSizeAreRefused() {
        TestTensors tensors = new TestTensors(backend);
        Tensor x = tensors.unwritten(1, 2, 8, 2);
        Tensor y = tensors.unwritten(1, 1, 2, 2);
        assertThatThrownBy(() -> backend.pool().maxPool(new PoolOps.Windows(3, 4), x, y))
                .hasMessage("max_pool: images must be at least 3x4 but are tensor (1, 2, 8, 2) F32");
        assertThatThrownBy(() -> new PoolOps.Windows(0, 2))
                .hasMessage("max_pool: windows must have at least one row and column, got 0x2");
    }

    /** A maximum is one of its arguments: nothing is rounded. A mean is F32, and its gradient is rounded once. */
    @ParameterizedTest
    @CsvSource({"1, 2, 2, 1", "3, 4, 6, 16", "2, 5, 7, 33", "2, 3, 2, 3"})
    void poolsOfBfloat16AreRoundedWhereTheyAreWritten(int batch, int height, int width, int channels) {
        int[] in = {batch, height, width, channels};
        int[] out = {batch, height / 2, width / 2, channels};
        Results.matchInBfloat16("max", backend, 0, (own, results) -> {
            SequenceTensors tensors = results.tensors();
            Tensor x = tensors.activations(-1, 1, in);
            Tensor y = tensors.unwrittenActivations(out);
            Tensor dx = tensors.unwrittenActivations(in);
            own.pool().maxPool2x2(x, y);
            own.pool().maxPool2x2Gradient(x, tensors.activations(-1, 1, out), dx);
            results.add("y", y);
            results.add("dx", dx);
        });
        Results.matchInBfloat16("mean", backend, 1e-6, (own, results) -> {
            Tensor y = results.tensors().unwritten(batch, channels);
            own.pool().globalAveragePool(results.tensors().activations(-1, 1, in), y);
            results.add("y", y);
        });
        Results.matchInBfloat16("mean", backend, Bfloat16.ROUNDING, (own, results) -> {
            Tensor dx = results.tensors().unwrittenActivations(in);
            own.pool().globalAveragePoolGradient(results.tensors().uniform(-1, 1, batch, channels), dx);
            results.add("dx", dx);
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "3, 7, 7, 16", "2, 3, 5, 33"})
    void averageAndItsGradientMatchTheDefinition(int batch, int height, int width, int channels) {
        int[] in = {batch, height, width, channels};
        int[] out = {batch, channels};
        float[] x = TestTensors.random(1, in);
        float[] dy = TestTensors.random(2, out);
        int positions = height * width;
        double[] expected = new double[dy.length];
        double[] expectedGradient = new double[x.length];
        for (int at = 0; at < x.length; at++) {
            int to = at / channels / positions * channels + at % channels;
            expected[to] += x[at] / (double) positions;
            expectedGradient[at] = dy[to] / (double) positions;
        }
        TestTensors tensors = new TestTensors(backend);
        Tensor y = tensors.unwritten(out);
        Tensor dx = tensors.unwritten(in);
        backend.pool().globalAveragePool(tensors.of(x, in), y);
        backend.pool().globalAveragePoolGradient(tensors.of(dy, out), dx);
        TestTensors.assertClose("y", tensors.download(y), expected, 1e-6);
        TestTensors.assertClose("dx", tensors.download(dx), expectedGradient, 1e-7);
    }

    @Test
    void imagesWithoutAWindowAreRefused() {
        TestTensors tensors = new TestTensors(backend);
        Tensor x = tensors.unwritten(1, 1, 8, 2);
        assertThatThrownBy(() -> backend.pool().maxPool2x2(x, tensors.unwritten(1, 1, 4, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("max_pool: images must be at least 2x2 but are tensor (1, 1, 8, 2) F32");
    }

    @Test
    void everyRunAndEveryOrderOfThreadsGivesTheSameBits() {
        int[] in = {2, 9, 7, 33};
        int[] out = {2, 4, 3, 33};
        TestTensors.haveTheSameBits(under, own -> {
            TestTensors tensors = new TestTensors(own);
            Tensor x = tensors.of(TestTensors.random(1, in), in);
            Tensor mean = tensors.unwritten(2, 33);
            Tensor dx = tensors.unwritten(in);
            own.pool().globalAveragePool(x, mean);
            own.pool().maxPool2x2Gradient(x, tensors.of(TestTensors.random(2, out), out), dx);
            int[] thirds = {2, 3, 2, 33};
            Tensor ofThirds = tensors.unwritten(in);
            own.pool()
                    .maxPoolGradient(
                            new PoolOps.Windows(3, 3), x, tensors.of(TestTensors.random(3, thirds), thirds), ofThirds);
            return Map.of(
                    "thirds", tensors.download(ofThirds), "mean", tensors.download(mean), "dx", tensors.download(dx));
        });
    }
}
