package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class Conv1dOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;

    Conv1dOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private static double[] reference(
            Activation activation, double[] x, double[] weight, double[] bias, int batch, int length, int channels) {
        int width = weight.length / channels;
        double[] y = new double[batch * length * channels];
        for (int b = 0; b < batch; b++) {
            for (int l = 0; l < length; l++) {
                for (int d = 0; d < channels; d++) {
                    double sum = bias == null ? 0 : bias[d];
                    for (int w = 0; w < width; w++) {
                        int from = l - (width - 1) + w;
                        if (from >= 0) {
                            sum += weight[d * width + w] * x[(b * length + from) * channels + d];
                        }
                    }
                    y[(b * length + l) * channels + d] =
                            activation == Activation.SILU ? sum / (1 + StrictMath.exp(-sum)) : sum;
                }
            }
        }
        return y;
    }

    @Test
    void forwardMatchesTheNaiveSumForEveryWidthAlsoWhereTheSequenceIsShorter() {
        SequenceTensors tensors = new SequenceTensors(backend, 1);
        for (int width : new int[] {1, 2, 3, 4, 5, 16}) {
            for (int length : new int[] {1, 2, 3, 4, 5, 17, 28}) {
                for (int channels : new int[] {1, 3, 16, 33}) {
                    Tensor x = tensors.uniformColumns(-2, 2, 2, length, channels);
                    Tensor weight = tensors.uniform(-1, 1, channels, width);
                    Tensor bias = tensors.uniform(-1, 1, channels);
                    Tensor y = tensors.unwritten(2, length, channels);
                    backend.conv1d().forward(Activation.SILU, x, weight, bias, y);
                    double[] expected = reference(
                            Activation.SILU,
                            tensors.doubles(x),
                            tensors.doubles(weight),
                            tensors.doubles(bias),
                            2,
                            length,
                            channels);
                    String name = "W=" + width + " L=" + length + " D=" + channels;
                    GradientCheck.close(name, tensors.values(y), expected, 2e-6);
                }
            }
        }
    }

    @Test
    void backwardMatchesCentralDifferencesWithAndWithoutBiasAndActivation() {
        SequenceTensors tensors = new SequenceTensors(backend, 2);
        for (Activation activation : List.of(Activation.SILU, Activation.IDENTITY)) {
            for (int width : new int[] {1, 3, 4, 6}) {
                for (int length : new int[] {2, 7, 9}) {
                    backwardMatches(tensors, activation, width, length, tensors.uniform(-1, 1, 3));
                    backwardMatches(tensors, activation, width, length, null);
                }
            }
        }
    }

    private void backwardMatches(SequenceTensors tensors, Activation activation, int width, int length, Tensor bias) {
        Tensor x = tensors.uniformColumns(-2, 2, 2, length, 3);
        Tensor weight = tensors.uniform(-1, 1, 3, width);
        Tensor dy = tensors.uniform(-1, 1, 2, length, 3);
        Tensor dx = tensors.unwrittenColumns(2, length, 3);
        Tensor dWeight = tensors.zeros(3, width);
        Tensor dBias = bias == null ? null : tensors.zeros(3);
        backend.conv1d().backward(activation, x, weight, bias, dy, dx, dWeight, dBias);
        double[] xs = tensors.doubles(x);
        double[] weights = tensors.doubles(weight);
        double[] biases = bias == null ? null : tensors.doubles(bias);
        double[] upstream = tensors.doubles(dy);
        java.util.function.ToDoubleFunction<double[]> loss = ignored -> {
            double[] y = reference(activation, xs, weights, biases, 2, length, 3);
            double sum = 0;
            for (int i = 0; i < y.length; i++) {
                sum += y[i] * upstream[i];
            }
            return sum;
        };
        GradientCheck.matches("dx", xs, tensors.values(dx), loss, 1e-5);
        GradientCheck.matches("dWeight", weights, tensors.values(dWeight), loss, 1e-5);
        if (dBias != null) {
            GradientCheck.matches("dBias", biases, tensors.values(dBias), loss, 1e-5);
        }
    }

    /**
     * Width 4 with sequences of one segment and of several, the last one whole, short, or shorter than the window; the widths around it; channels
     * of a lane, a warp and more than a block; samples of several partial rows.
     */
    @Test
    void bothDirectionsAgreeWithTheCpuForManyExtents() {
        for (int width : new int[] {1, 3, 4, 7}) {
            for (int[] shape : new int[][] {
                {3, 1, 1}, {1, 8, 3}, {17, 9, 16}, {2, 16, 31}, {1, 257, 33}, {2, 18, 96}, {1, 3, 300}, {257, 2, 2}
            }) {
                for (Activation activation : List.of(Activation.SILU, Activation.IDENTITY)) {
                    String name = activation + " W=" + width + " of " + List.of(shape[0], shape[1], shape[2]);
                    Results.matchTheSpecification(
                            name, backend, 4e-6, (own, results) -> convolve(own, results, activation, width, shape));
                }
            }
        }
    }

    private static void convolve(Backend backend, Results results, Activation activation, int width, int... shape) {
        SequenceTensors tensors = results.tensors();
        int channels = shape[2];
        Tensor x = tensors.uniformColumns(-2, 2, shape);
        Tensor weight = tensors.uniform(-1, 1, channels, width);
        Tensor bias = tensors.uniform(-1, 1, channels);
        Tensor dy = tensors.uniform(-1, 1, shape);
        Tensor y = tensors.unwritten(shape);
        Tensor dx = tensors.unwrittenColumns(shape);
        Tensor dWeight = tensors.uniform(-1, 1, channels, width);
        Tensor dBias = tensors.uniform(-1, 1, channels);
        backend.conv1d().forward(activation, x, weight, bias, y);
        backend.conv1d().backward(activation, x, weight, bias, dy, dx, dWeight, dBias);
        results.add("y", y);
        results.add("dx", dx);
        results.add("dWeight", dWeight);
        results.add("dBias", dBias);
    }

    /** The same extents' shortest and longest sums, where partial rows are narrower by the bias. */
    @Test
    void bothDirectionsAgreeWithTheCpuWithoutBias() {
        for (int width : new int[] {3, 4}) {
            for (int[] shape : new int[][] {{1, 8, 3}, {2, 18, 96}, {1, 257, 33}, {257, 2, 2}}) {
                String name = "W=" + width + " of " + List.of(shape[0], shape[1], shape[2]);
                Results.matchTheSpecification(
                        name, backend, 4e-6, (own, results) -> convolveWithoutBias(own, results, width, shape));
            }
        }
    }

    private static void convolveWithoutBias(Backend backend, Results results, int width, int... shape) {
        SequenceTensors tensors = results.tensors();
        Tensor x = tensors.uniformColumns(-2, 2, shape);
        Tensor weight = tensors.uniform(-1, 1, shape[2], width);
        Tensor y = tensors.unwritten(shape);
        Tensor dx = tensors.unwrittenColumns(shape);
        Tensor dWeight = tensors.uniform(-1, 1, shape[2], width);
        backend.conv1d().forward(Activation.SILU, x, weight, null, y);
        backend.conv1d().backward(Activation.SILU, x, weight, null, tensors.uniform(-1, 1, shape), dx, dWeight, null);
        results.add("y", y);
        results.add("dx", dx);
        results.add("dWeight", dWeight);
    }

    @Test
    void resultsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        for (int width : new int[] {3, 4}) {
            Results.haveTheSameBits(
                    under, (own, results) -> convolve(own, results, Activation.SILU, width, 50, 14, 20));
        }
    }

    @Test
    void anActivationThatIsNotPartOfTheContractIsRefused() {
        SequenceTensors tensors = new SequenceTensors(backend, 4);
        Tensor x = tensors.zeros(1, 2, 3);
        assertThatThrownBy(() ->
                        backend.conv1d().forward(Activation.GELU, x, tensors.zeros(3, 4), null, tensors.zeros(1, 2, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the activation must be SILU or IDENTITY, got GELU");
    }
}
