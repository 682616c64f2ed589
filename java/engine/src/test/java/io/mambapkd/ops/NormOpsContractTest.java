package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
class NormOpsContractTest {
    /** Values below 4, of which sums and products lose some units in the last place of 2e-7. */
    private static final double ROUNDED = 2e-6;

    private final BackendUnderTest under;
    private final Backend backend;
    private final SequenceTensors tensors;

    NormOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
        tensors = new SequenceTensors(backend, 1);
    }

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
        for (int width : new int[] {2, 3, 4, 16, 20, 33}) {
            Tensor x = tensors.uniform(-2, 2, 2, 3, width);
            Tensor weight = tensors.uniform(-1, 1, width);
            Tensor dy = tensors.uniform(-1, 1, 2, 3, width);
            Tensor y = tensors.unwritten(2, 3, width);
            Tensor dx = tensors.unwritten(2, 3, width);
            Tensor dWeight = tensors.zeros(width);
            backend.norm().rmsNorm(x, weight, 1e-5f, y);
            backend.norm().rmsNormGradient(x, weight, 1e-5f, dy, null, dx, dWeight);
            double[] xs = tensors.doubles(x);
            double[] weights = tensors.doubles(weight);
            double[] upstream = tensors.doubles(dy);
            ToDoubleFunction<double[]> loss = v -> dot(norm(xs, weights, null, 1e-5f), upstream);
            assertThat(tensors.doubles(y))
                    .as("y of rows of %d", width)
                    .containsExactly(norm(xs, weights, null, 1e-5f), within(ROUNDED));
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
            Tensor y = tensors.unwritten(4, width);
            Tensor dx = tensors.unwritten(4, width);
            Tensor dWeight = tensors.zeros(width);
            Tensor dBias = tensors.zeros(width);
            backend.norm().layerNorm(x, weight, bias, 1e-5f, y);
            backend.norm().layerNormGradient(x, weight, 1e-5f, dy, dx, dWeight, dBias);
            double[] xs = tensors.doubles(x);
            double[] weights = tensors.doubles(weight);
            double[] biases = tensors.doubles(bias);
            double[] upstream = tensors.doubles(dy);
            ToDoubleFunction<double[]> loss = v -> dot(norm(xs, weights, biases, 1e-5f), upstream);
            assertThat(tensors.doubles(y))
                    .as("y of rows of %d", width)
                    .containsExactly(norm(xs, weights, biases, 1e-5f), within(ROUNDED));
            GradientCheck.matches("dx", xs, tensors.values(dx), loss, 1e-5);
            GradientCheck.matches("dWeight", weights, tensors.values(dWeight), loss, 1e-5);
            GradientCheck.matches("dBias", biases, tensors.values(dBias), loss, 1e-5);
        }
    }

    /** Rows for a lane each, for a warp, for a block; rows that leave warps of a block idle, and more than one block has. */
    @Test
    void normsAndTheirGradientsAgreeWithTheCpuForEveryExtent() {
        for (int[] shape : new int[][] {{1, 1}, {9, 2}, {70, 16}, {33, 31}, {3, 96}, {9, 512}, {35, 513}, {2, 1100}}) {
            Results.matchTheSpecification(shape[0] + "x" + shape[1], backend, 4e-6, (own, results) -> {
                norms(own, results, 0, shape);
            });
        }
    }

    /** Every width of rows that share a warp, and those next to its ends; rows that leave lanes idle, and more than a block has. */
    @Test
    void rmsNormAndItsGradientAgreeWithTheCpuForEveryWidthOfRowsThatShareAWarp() {
        for (int width = 1; width <= 130; width++) {
            int rows = width % 3 == 0 ? 1 : width % 3 == 1 ? 37 : 70;
            rmsNormMatchesTheCpu(rows, width);
        }
        // Around 16, 32, 64 and 128 rows, which a block has at once, and around those that it has in all: 128, 64, 32
        // and 16.
        for (int[] shape :
                new int[][] {{127, 16}, {129, 12}, {300, 16}, {63, 32}, {65, 20}, {33, 64}, {17, 128}, {9, 100}}) {
            rmsNormMatchesTheCpu(shape[0], shape[1]);
        }
    }

    /** So many rows that a block of the gradient has several steps, the last one partly filled. */
    @Test
    void aBlockOfTheGradientTakesManyRowsInTheirOrder() {
        rmsNormMatchesTheCpu(264 * 16 + 5, 128);
    }

    private void rmsNormMatchesTheCpu(int rows, int width) {
        Results.matchTheSpecification(rows + "x" + width, backend, 4e-6, (own, results) -> {
            rmsNorm(own, results, 0, rows, width);
        });
    }

    /** Slices that start anywhere: a kernel that reads four elements at once must not take them. */
    @Test
    void rmsNormOfRowsThatAreNotAlignedMatchesThatOfACopy() {
        for (int misplaced = 0; misplaced < 6; misplaced++) {
            int which = misplaced;
            Results.matchTheSpecification("tensor " + which, backend, 4e-6, (own, results) -> {
                SequenceTensors inputs = results.tensors();
                int rows = 5;
                int width = 16;
                Tensor x = part(inputs.uniform(-2, 2, rows * width + 4), which == 0, rows, width);
                Tensor weight = inputs.uniform(-1, 1, width + 4).slices(which == 1 ? 1 : 4, width);
                Tensor y = part(inputs.unwritten(rows * width + 4), which == 2, rows, width);
                Tensor dy = part(inputs.uniform(-1, 1, rows * width + 4), which == 3, rows, width);
                Tensor residual = part(inputs.uniform(-1, 1, rows * width + 4), which == 4, rows, width);
                Tensor dx = part(inputs.unwritten(rows * width + 4), which == 5, rows, width);
                Tensor dWeight = inputs.zeros(width);
                own.norm().rmsNorm(x, weight, 1e-5f, y);
                own.norm().rmsNormGradient(x, weight, 1e-5f, dy, residual, dx, dWeight);
                results.add("y", y);
                results.add("dx", dx);
                results.add("dWeight", dWeight);
            });
        }
    }

    private static Tensor part(Tensor tensor, boolean misplaced, int rows, int width) {
        return tensor.slices(misplaced ? 1 : 4, rows * width).reshape(rows, width);
    }

    @Test
    void theResidualIsAddedToTheGradientAndMayBeItself() {
        for (int width : new int[] {3, 16, 48, 128, 200, 600}) {
            Tensor x = tensors.uniform(-2, 2, 5, width);
            Tensor weight = tensors.uniform(-1, 1, width);
            Tensor dy = tensors.uniform(-1, 1, 5, width);
            Tensor residual = tensors.uniform(-1, 1, 5, width);
            Tensor alone = tensors.unwritten(5, width);
            Tensor sum = tensors.unwritten(5, width);
            Tensor inPlace = tensors.unwritten(5, width);
            backend.copy(residual, inPlace);
            Tensor dWeight = tensors.zeros(width);
            backend.norm().rmsNormGradient(x, weight, 1e-5f, dy, null, alone, dWeight);
            float[] ofOne = tensors.values(dWeight);
            backend.norm().rmsNormGradient(x, weight, 1e-5f, dy, residual, sum, dWeight);
            backend.norm().rmsNormGradient(x, weight, 1e-5f, dy, inPlace, inPlace, dWeight);
            double[] added = tensors.doubles(residual);
            double[] expected = tensors.doubles(alone);
            for (int i = 0; i < expected.length; i++) {
                expected[i] += added[i];
            }
            assertThat(tensors.doubles(sum)).as("rows of %d", width).containsExactly(expected, within(ROUNDED));
            assertThat(tensors.values(inPlace))
                    .as("in place, rows of %d", width)
                    .isEqualTo(tensors.values(sum));
            float[] ofThree = tensors.values(dWeight);
            for (int j = 0; j < width; j++) {
                assertThat((double) ofThree[j])
                        .as("the weight does not see it")
                        .isCloseTo(3.0 * ofOne[j], within(1e-5));
            }
        }
    }

    @Test
    void aResidualOfAnotherShapeIsRefused() {
        Tensor x = tensors.uniform(-1, 1, 2, 8);
        Tensor weight = tensors.uniform(-1, 1, 8);
        Tensor residual = tensors.uniform(-1, 1, 2, 4);
        assertThatThrownBy(() -> backend.norm().rmsNormGradient(x, weight, 1e-5f, x, residual, x, weight))
                .hasMessageStartingWith("rms_norm_gradient: residual must have shape (2, 8) but is");
    }

    /** The variance is a millionth of the squared mean: a difference of mean squares would lose all digits. */
    @Test
    void layerNormOfRowsFarFromZeroKeepsItsDigits() {
        for (int width : new int[] {64, 700}) {
            // x itself is rounded to 1000 2^-24 of the deviation 1; so is the mean.
            Results.matchTheSpecification("M=" + width, backend, 1e-4, (own, results) -> {
                norms(own, results, 1000, 3, width);
            });
        }
    }

    private static void rmsNorm(Backend backend, Results results, float offset, int... shape) {
        SequenceTensors inputs = results.tensors();
        Tensor x = inputs.uniform(offset - 2, offset + 2, shape);
        Tensor weight = inputs.uniform(-1, 1, shape[1]);
        Tensor dy = inputs.uniform(-1, 1, shape);
        Tensor y = inputs.unwritten(shape);
        Tensor dx = inputs.unwritten(shape);
        Tensor dWeight = inputs.uniform(-1, 1, shape[1]);
        backend.norm().rmsNorm(x, weight, 1e-5f, y);
        backend.norm().rmsNormGradient(x, weight, 1e-5f, dy, inputs.uniform(-1, 1, shape), dx, dWeight);
        results.add("rms y", y);
        results.add("rms dx", dx);
        results.add("rms dWeight", dWeight);
    }

    private static void norms(Backend backend, Results results, float offset, int... shape) {
        rmsNorm(backend, results, offset, shape);
        SequenceTensors inputs = results.tensors();
        Tensor x = inputs.uniform(offset - 2, offset + 2, shape);
        Tensor weight = inputs.uniform(-1, 1, shape[1]);
        Tensor dy = inputs.uniform(-1, 1, shape);
        Tensor y = inputs.unwritten(shape);
        Tensor dx = inputs.unwritten(shape);
        Tensor dWeight = inputs.uniform(-1, 1, shape[1]);
        Tensor bias = inputs.uniform(-1, 1, shape[1]);
        Tensor dBias = inputs.uniform(-1, 1, shape[1]);
        backend.norm().layerNorm(x, weight, bias, 1e-3f, y);
        backend.norm().layerNormGradient(x, weight, 1e-3f, dy, dx, dWeight, dBias);
        results.add("layer y", y);
        results.add("layer dx", dx);
        results.add("layer dWeight", dWeight);
        results.add("layer dBias", dBias);
    }

    @Test
    void normsHaveTheSameBitsOnEveryRunAndInEveryOrderOfThreads() {
        Results.haveTheSameBits(under, (own, results) -> norms(own, results, 0, 100, 40));
        Results.haveTheSameBits(under, (own, results) -> norms(own, results, 0, 40, 520));
        Results.haveTheSameBits(under, (own, results) -> norms(own, results, 0, 300, 16));
        Results.haveTheSameBits(under, (own, results) -> norms(own, results, 0, 20, 129));
    }
}
