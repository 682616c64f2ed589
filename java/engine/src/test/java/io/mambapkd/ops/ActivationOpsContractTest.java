package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.tensor.Tensor;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class ActivationOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;
    private final SequenceTensors tensors;

    ActivationOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
        tensors = new SequenceTensors(backend, 1);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    @Test
    void slopesOfActivationsMatchCentralDifferencesOfTheirValuesOnColumnViewsToo() {
        for (Activation activation : Activation.values()) {
            // Away from 0, where RELU has no slope.
            Tensor x = tensors.uniformColumns(0.1f, 3, 4, 7);
            Tensor above = tensors.zeros(4, 7);
            Tensor below = tensors.zeros(4, 7);
            double step = 1.0 / 256;
            float[] values = tensors.values(x);
            float[] shifted = values.clone();
            for (int i = 0; i < values.length; i++) {
                shifted[i] = (float) (values[i] + step);
            }
            backend.upload(shifted, above);
            for (int i = 0; i < values.length; i++) {
                shifted[i] = (float) (values[i] - step);
            }
            backend.upload(shifted, below);
            Tensor ones = tensors.uniform(1, 1, 4, 7);
            Tensor slope = tensors.unwritten(4, 7);
            backend.activation().backward(activation, x, ones, slope);
            backend.activation().forward(activation, above, above);
            backend.activation().forward(activation, below, below);
            double[] high = tensors.doubles(above);
            double[] low = tensors.doubles(below);
            double[] expected = new double[high.length];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = (high[i] - low[i]) / (2 * step);
            }
            GradientCheck.close(activation.name(), tensors.values(slope), expected, 2e-4);
        }
    }

    /** Results are about 1, so a handful of roundings is 1e-6; large ones, which would hide errors near 0, are in a test of their own. */
    @Test
    void valuesAndSlopesAgreeWithTheCpuForEveryExtentAndEveryMixOfViews() {
        for (int[] shape : new int[][] {{1}, {1025}, {3, 33}, {40, 31}, {2, 1100}}) {
            for (Activation activation : Activation.values()) {
                Results.matchTheSpecification(activation + " x" + shape[0], backend, 2e-6, (own, results) -> {
                    SequenceTensors inputs = results.tensors();
                    Tensor x = inputs.uniformColumns(-3, 3, shape);
                    Tensor dense = inputs.uniform(-3, 3, shape);
                    Tensor dy = inputs.uniform(-1, 1, shape);
                    Tensor y = inputs.unwritten(shape);
                    Tensor view = inputs.unwrittenColumns(shape);
                    Tensor dx = inputs.unwrittenColumns(shape);
                    own.activation().forward(activation, x, y);
                    own.activation().forward(activation, dense, view);
                    own.activation().backward(activation, x, dy, dx);
                    own.activation().backward(activation, dense, dy, dy);
                    own.activation().forward(activation, dense, dense);
                    results.add("y", y);
                    results.add("y of a dense tensor to a view", view);
                    results.add("dx", dx);
                    results.add("dx in place", dy);
                    results.add("y in place", dense);
                });
            }
        }
    }

    @Test
    void valuesAndSlopesAgreeWithTheCpuAtTheEdgesOfFloat() {
        float[] edges = {
            0f, -0f, 1e-30f, -1e-30f, 19.9f, 20.1f, -20f, 88f, -88f, 104f, -104f, 1e4f, -1e4f, 1e30f, -1e30f
        };
        for (Activation activation : Activation.values()) {
            for (float edge : edges) {
                Results.matchTheSpecification(activation + "(" + edge + ")", backend, 1e-6, (own, results) -> {
                    SequenceTensors inputs = results.tensors();
                    Tensor x = inputs.zeros(1);
                    own.upload(new float[] {edge}, x);
                    Tensor y = inputs.unwritten(1);
                    Tensor slope = inputs.uniform(1, 1, 1);
                    own.activation().forward(activation, x, y);
                    own.activation().backward(activation, x, slope, slope);
                    results.add("y", y);
                    results.add("slope", slope);
                });
            }
        }
    }

    /** Where Mamba's delta starts, log(1 + e^x) is about e^x: 1e-3, of which no digit may be lost. */
    @Test
    void softplusKeepsItsDigitsFarBelowZero() {
        float[] x = tensors.numbers(-12, -2, 200);
        Tensor y = tensors.unwritten(200);
        Tensor in = tensors.zeros(200);
        backend.upload(x, in);
        backend.activation().forward(Activation.SOFTPLUS, in, y);
        float[] actual = tensors.values(y);
        for (int i = 0; i < x.length; i++) {
            double expected = StrictMath.log1p(StrictMath.exp(x[i]));
            // x log2(e) is rounded once, which costs |x| 2^-24; the rest are a few roundings.
            double tolerance = (Math.abs(x[i]) + 12) * 0x1p-24;
            assertThat(Math.abs(actual[i] - expected) / expected)
                    .as("softplus(%s)", x[i])
                    .isLessThan(tolerance);
        }
    }

    @Test
    void notANumberStaysWhatItIs() {
        for (Activation activation : Activation.values()) {
            Tensor x = tensors.unwritten(3);
            backend.activation().forward(activation, x, x);
            assertThat(tensors.values(x)).as(activation.name()).containsOnly(Float.NaN);
        }
        Tensor row = tensors.unwritten(1, 3);
        backend.activation().softmax(row, row);
        assertThat(tensors.values(row)).containsOnly(Float.NaN);
    }

    @Test
    void softmaxSurvivesLargeLogitsAndItsGradientMatchesCentralDifferences() {
        Tensor large = tensors.zeros(1, 3);
        backend.upload(new float[] {1e30f, 1e30f, -1e30f}, large);
        backend.activation().softmax(large, large);
        assertThat(tensors.values(large)).containsExactly(0.5f, 0.5f, 0f);

        Tensor x = tensors.uniform(-3, 3, 4, 6);
        Tensor y = tensors.unwritten(4, 6);
        Tensor dy = tensors.uniform(-1, 1, 4, 6);
        Tensor dx = tensors.unwritten(4, 6);
        backend.activation().softmax(x, y);
        backend.activation().softmaxGradient(y, dy, dx);
        double[] xs = tensors.doubles(x);
        double[] upstream = tensors.doubles(dy);
        ToDoubleFunction<double[]> loss = v -> {
            double sum = 0;
            for (int row = 0; row < 4; row++) {
                double total = 0;
                double weighted = 0;
                for (int j = row * 6; j < row * 6 + 6; j++) {
                    total += StrictMath.exp(v[j]);
                    weighted += StrictMath.exp(v[j]) * upstream[j];
                }
                sum += weighted / total;
            }
            return sum;
        };
        GradientCheck.matches("dx", xs, tensors.values(dx), loss, 1e-5);
    }

    /** Rows for a lane each, for a warp, for a warp several times over, for a block; rows that do not fill the last block. */
    @Test
    void softmaxAndItsGradientAgreeWithTheCpuForEveryExtent() {
        for (int[] shape : new int[][] {{1, 1}, {9, 2}, {17, 10}, {3, 32}, {5, 33}, {2, 512}, {3, 513}, {2, 1100}}) {
            Results.matchTheSpecification(shape[0] + "x" + shape[1], backend, 2e-6, (own, results) -> {
                softmax(own, results, shape);
            });
        }
    }

    private static void softmax(Backend backend, Results results, int... shape) {
        SequenceTensors inputs = results.tensors();
        Tensor x = inputs.uniform(-10, 10, shape);
        Tensor dy = inputs.uniform(-1, 1, shape);
        Tensor y = inputs.unwritten(shape);
        Tensor dx = inputs.unwritten(shape);
        backend.activation().softmax(x, y);
        backend.activation().softmax(x, x);
        backend.activation().softmaxGradient(y, dy, dx);
        backend.activation().softmaxGradient(y, dy, dy);
        results.add("y", y);
        results.add("y in place", x);
        results.add("dx", dx);
        results.add("dx in place", dy);
    }

    @Test
    void softmaxHasTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        Results.haveTheSameBits(under, (own, results) -> softmax(own, results, 20, 40));
        Results.haveTheSameBits(under, (own, results) -> softmax(own, results, 3, 700));
    }
}
