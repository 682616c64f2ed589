package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Tensor;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Norms, patches, pointwise operations and activations. */
class SmallOpsContractTest {
    private final Backend backend = new CpuBackend(2);
    private final SequenceTensors tensors = new SequenceTensors(backend, 1);

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    /** Row-wise normalisation: about the mean (layer norm) where {@code bias} is there, else about 0. */
    private static double[] norm(double[] x, double[] weight, double[] bias, double epsilon) {
        int width = weight.length;
        double[] y = new double[x.length];
        for (int at = 0; at < x.length; at += width) {
            double mean = 0;
            for (int j = 0; j < width && bias != null; j++) {
                mean += x[at + j] / width;
            }
            double variance = 0;
            for (int j = 0; j < width; j++) {
                variance += (x[at + j] - mean) * (x[at + j] - mean) / width;
            }
            for (int j = 0; j < width; j++) {
                y[at + j] =
                        weight[j] * (x[at + j] - mean) / Math.sqrt(variance + epsilon) + (bias == null ? 0 : bias[j]);
            }
        }
        return y;
    }

    @Test
    void rmsNormAndItsGradientMatchTheReference() {
        for (int width : new int[] {2, 3, 16, 33}) {
            Tensor x = tensors.uniform(-2, 2, 2, 3, width);
            Tensor weight = tensors.uniform(-1, 1, width);
            Tensor dy = tensors.uniform(-1, 1, 2, 3, width);
            Tensor y = tensors.zeros(2, 3, width);
            Tensor dx = tensors.zeros(2, 3, width);
            Tensor dWeight = tensors.zeros(width);
            backend.norm().rmsNorm(x, weight, 1e-5f, y);
            backend.norm().rmsNormGradient(x, weight, 1e-5f, dy, dx, dWeight);
            double[] xs = tensors.doubles(x);
            double[] weights = tensors.doubles(weight);
            double[] upstream = tensors.doubles(dy);
            ToDoubleFunction<double[]> loss = v -> dot(norm(xs, weights, null, 1e-5f), upstream);
            GradientCheck.close("y", tensors.values(y), norm(xs, weights, null, 1e-5f), 1e-6);
            GradientCheck.matches("dx", xs, tensors.values(dx), loss, 1e-5);
            GradientCheck.matches("dWeight", weights, tensors.values(dWeight), loss, 1e-5);
        }
    }

    @Test
    void layerNormAndItsGradientMatchTheReference() {
        for (int width : new int[] {3, 16, 33}) {
            Tensor x = tensors.uniform(-2, 2, 4, width);
            Tensor weight = tensors.uniform(-1, 1, width);
            Tensor bias = tensors.uniform(-1, 1, width);
            Tensor dy = tensors.uniform(-1, 1, 4, width);
            Tensor y = tensors.zeros(4, width);
            Tensor dx = tensors.zeros(4, width);
            Tensor dWeight = tensors.zeros(width);
            Tensor dBias = tensors.zeros(width);
            backend.norm().layerNorm(x, weight, bias, 1e-5f, y);
            backend.norm().layerNormGradient(x, weight, 1e-5f, dy, dx, dWeight, dBias);
            double[] xs = tensors.doubles(x);
            double[] weights = tensors.doubles(weight);
            double[] biases = tensors.doubles(bias);
            double[] upstream = tensors.doubles(dy);
            ToDoubleFunction<double[]> loss = v -> dot(norm(xs, weights, biases, 1e-5f), upstream);
            GradientCheck.close("y", tensors.values(y), norm(xs, weights, biases, 1e-5f), 1e-6);
            GradientCheck.matches("dx", xs, tensors.values(dx), loss, 1e-5);
            GradientCheck.matches("dWeight", weights, tensors.values(dWeight), loss, 1e-5);
            GradientCheck.matches("dBias", biases, tensors.values(dBias), loss, 1e-5);
        }
    }

    @Test
    void everyCutPutsPixelsInTheDocumentedOrder() {
        int height = 4;
        int width = 6;
        int channels = 2;
        Tensor images = tensors.uniform(-1, 1, 3, height, width, channels);
        float[] pixels = tensors.values(images);
        for (Cut cut : Cut.values()) {
            int length = cut == Cut.ROWS ? 2 : cut == Cut.COLUMNS ? 3 : 6;
            int elements = height * width * channels / length;
            Tensor tokens = tensors.zeros(3, length, elements);
            backend.patch().tokens(cut, 2, images, tokens);
            float[] values = tensors.values(tokens);
            for (int b = 0; b < 3; b++) {
                for (int row = 0; row < height; row++) {
                    for (int column = 0; column < width; column++) {
                        for (int c = 0; c < channels; c++) {
                            int token = cut == Cut.ROWS
                                    ? row / 2
                                    : cut == Cut.COLUMNS ? column / 2 : row / 2 * (width / 2) + column / 2;
                            int inside = cut == Cut.ROWS
                                    ? (row % 2 * width + column) * channels + c
                                    : cut == Cut.COLUMNS
                                            ? (column % 2 * height + row) * channels + c
                                            : (row % 2 * 2 + column % 2) * channels + c;
                            assertThat(values[(b * length + token) * elements + inside])
                                    .isEqualTo(pixels[((b * height + row) * width + column) * channels + c]);
                        }
                    }
                }
            }
            Tensor back = tensors.zeros(3, height, width, channels);
            backend.patch().tokensGradient(cut, 2, tokens, back);
            assertThat(tensors.values(back)).isEqualTo(pixels);
        }
    }

    @Test
    void tokensThatDoNotDivideTheImageAreRefused() {
        Tensor images = tensors.zeros(1, 5, 6, 1);
        assertThatThrownBy(() -> backend.patch().tokens(Cut.ROWS, 2, images, tensors.zeros(1, 2, 15)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not divide");
    }

    @Test
    void positionsAreAddedToEverySampleAndTheirGradientIsTheSumOverSamples() {
        Tensor x = tensors.uniform(-1, 1, 3, 4, 5);
        Tensor position = tensors.uniform(-1, 1, 4, 5);
        double[] expected = tensors.doubles(x);
        double[] positions = tensors.doubles(position);
        double[] sums = new double[20];
        for (int i = 0; i < expected.length; i++) {
            sums[i % 20] += expected[i];
            expected[i] += positions[i % 20];
        }
        Tensor gradient = tensors.zeros(4, 5);
        backend.patch().positionGradient(x, gradient);
        backend.patch().addPosition(x, position);
        GradientCheck.close("x", tensors.values(x), expected, 1e-6);
        GradientCheck.close("dPosition", tensors.values(gradient), sums, 1e-6);
    }

    @Test
    void additionWorksInPlaceAndOnColumnViews() {
        Tensor x = tensors.uniformColumns(-1, 1, 2, 3, 4);
        Tensor y = tensors.uniform(-1, 1, 2, 3, 4);
        float[] left = tensors.values(x);
        float[] right = tensors.values(y);
        backend.pointwise().add(x, y, x);
        float[] sum = tensors.values(x);
        for (int i = 0; i < sum.length; i++) {
            assertThat(sum[i]).isEqualTo(left[i] + right[i]);
        }
    }

    @Test
    void biasIsAddedToEveryRowAndItsGradientIsAddedToWhatWasThere() {
        Tensor x = tensors.uniformColumns(-1, 1, 700, 3);
        Tensor bias = tensors.uniform(-1, 1, 3);
        double[] expected = tensors.doubles(x);
        double[] biases = tensors.doubles(bias);
        double[] sums = tensors.doubles(bias);
        for (int i = 0; i < expected.length; i++) {
            sums[i % 3] += expected[i];
            expected[i] += biases[i % 3];
        }
        Tensor dBias = tensors.zeros(3);
        backend.copy(bias, dBias);
        backend.pointwise().biasGradient(x, dBias);
        backend.pointwise().addBias(x, bias);
        GradientCheck.close("x", tensors.values(x), expected, 1e-6);
        GradientCheck.close("dBias", tensors.values(dBias), sums, 1e-5);
    }

    @Test
    void meanOverTokensAndItsGradientShareEquallyAmongTokens() {
        Tensor x = tensors.uniform(-1, 1, 2, 5, 3);
        Tensor y = tensors.zeros(2, 3);
        Tensor dx = tensors.zeros(2, 5, 3);
        backend.pointwise().meanOverTokens(x, y);
        backend.pointwise().meanOverTokensGradient(y, dx);
        double[] xs = tensors.doubles(x);
        double[] mean = new double[6];
        double[] spread = new double[30];
        for (int i = 0; i < 30; i++) {
            mean[i / 15 * 3 + i % 3] += xs[i] / 5;
        }
        for (int i = 0; i < 30; i++) {
            spread[i] = mean[i / 15 * 3 + i % 3] / 5;
        }
        GradientCheck.close("y", tensors.values(y), mean, 1e-6);
        GradientCheck.close("dx", tensors.values(dx), spread, 1e-6);
    }

    @Test
    void gateAndItsGradientMatchTheReference() {
        Tensor u = tensors.uniformColumns(-1, 1, 2, 3, 5);
        Tensor skip = tensors.uniform(-1, 1, 5);
        Tensor z = tensors.uniformColumns(-3, 3, 2, 3, 5);
        Tensor dy = tensors.uniform(-1, 1, 2, 3, 5);
        Tensor y = tensors.zeros(2, 3, 5);
        Tensor du = tensors.uniformColumns(8, 9, 2, 3, 5);
        Tensor dSkip = tensors.zeros(5);
        Tensor dZ = tensors.uniformColumns(8, 9, 2, 3, 5);
        backend.pointwise().gate(u, skip, z, y);
        backend.pointwise().gateGradient(u, skip, z, dy, du, dSkip, dZ);
        double[] us = tensors.doubles(u);
        double[] skips = tensors.doubles(skip);
        double[] zs = tensors.doubles(z);
        double[] upstream = tensors.doubles(dy);
        UnaryOperator<double[]> value = v -> {
            double[] out = new double[us.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = skips[i % 5] * us[i] * zs[i] / (1 + StrictMath.exp(-zs[i]));
            }
            return out;
        };
        ToDoubleFunction<double[]> loss = v -> dot(value.apply(v), upstream);
        GradientCheck.close("y", tensors.values(y), value.apply(us), 1e-6);
        GradientCheck.matches("du", us, tensors.values(du), loss, 1e-5);
        GradientCheck.matches("dSkip", skips, tensors.values(dSkip), loss, 1e-5);
        GradientCheck.matches("dZ", zs, tensors.values(dZ), loss, 1e-5);
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
            Tensor slope = tensors.zeros(4, 7);
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

    @Test
    void softmaxSurvivesLargeLogitsAndItsGradientMatchesCentralDifferences() {
        Tensor large = tensors.zeros(1, 3);
        backend.upload(new float[] {1e30f, 1e30f, -1e30f}, large);
        backend.activation().softmax(large, large);
        assertThat(tensors.values(large)).containsExactly(0.5f, 0.5f, 0f);

        Tensor x = tensors.uniform(-3, 3, 4, 6);
        Tensor y = tensors.zeros(4, 6);
        Tensor dy = tensors.uniform(-1, 1, 4, 6);
        Tensor dx = tensors.zeros(4, 6);
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
}
