package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.ops.BatchNormOps.Channels;
import io.mambapkd.ops.BatchNormOps.Options;
import io.mambapkd.ops.cpu.math.ErrorFunction;
import io.mambapkd.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One long class: forward, gradient and inference share the drawn images and the double-precision reference. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class BatchNormOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;

    BatchNormOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private static final float EPSILON = 1e-5f;
    private static final float MOMENTUM = 0.1f;
    private static final Activation[] ACTIVATIONS = {
        Activation.IDENTITY, Activation.RELU, Activation.GELU, Activation.SILU
    };

    /** Which statistics normalise. */
    private enum Statistics {
        BATCH,
        RUNNING
    }

    /** Where the input's gradient goes. */
    private enum Place {
        APART,
        IN_PLACE
    }

    private static float[] input(int rows, int width, float offset) {
        float[] x = TestTensors.random(1, rows, width);
        for (int i = 0; i < x.length; i++) {
            x[i] += offset;
        }
        return x;
    }

    private static float[] positive(int stream, int width) {
        float[] values = TestTensors.random(stream, width);
        for (int i = 0; i < width; i++) {
            values[i] = 1.5f + values[i];
        }
        return values;
    }

    private static Map<String, float[]> compute(
            Backend backend,
            Activation activation,
            Statistics statistics,
            Place place,
            float[] x,
            int rows,
            int width) {
        Options options = new Options(EPSILON, MOMENTUM, activation);
        TestTensors tensors = new TestTensors(backend);
        Tensor in = tensors.of(x, rows, width);
        Channels channels = new Channels(
                tensors.of(positive(2, width), width),
                tensors.of(TestTensors.random(3, width), width),
                tensors.of(TestTensors.random(4, width), width),
                tensors.of(positive(5, width), width));
        Tensor mean = tensors.unwritten(width);
        Tensor variance = tensors.unwritten(width);
        Tensor y = tensors.unwritten(rows, width);
        Tensor dy = tensors.of(TestTensors.random(6, rows, width), rows, width);
        Tensor dx = place == Place.IN_PLACE ? dy : tensors.unwritten(rows, width);
        // Gradients of parameters start at something, because they are added to.
        Tensor dWeight = tensors.of(TestTensors.random(7, width), width);
        Tensor dBias = tensors.of(TestTensors.random(8, width), width);
        BatchNormOps ops = backend.batchNorm();
        if (statistics == Statistics.BATCH) {
            ops.forwardTraining(options, in, channels, mean, variance, y);
            ops.backwardTraining(options, in, y, channels, mean, variance, dy, dx, dWeight, dBias);
        } else {
            ops.forwardInference(options, in, channels, y);
            ops.backwardInference(options, in, y, channels, dy, dx, dWeight, dBias);
        }
        float[] running = new float[2 * width];
        backend.download(channels.runningMean(), running, 0);
        backend.download(channels.runningVariance(), running, width);
        return Map.of(
                "y",
                tensors.download(y),
                "mean",
                tensors.download(mean),
                "variance",
                tensors.download(variance),
                "dx",
                tensors.download(dx),
                "dWeight",
                tensors.download(dWeight),
                "dBias",
                tensors.download(dBias),
                "running",
                running);
    }

    /** One row; a tile (512 elements) and its rest; several tasks (64 tiles each) and a rest; a row longer than a tile. */
    @ParameterizedTest
    @CsvSource({"1, 3", "2, 1", "7, 16", "100, 33", "4500, 16", "3000, 33", "70, 600", "40000, 1"})
    void trainingMatchesTheDefinition(int rows, int width) {
        for (Activation activation : ACTIVATIONS) {
            float[] x = input(rows, width, 0.3f);
            check(activation, Statistics.BATCH, x, rows, width);
        }
    }

    /** More than 128 blocks of 256 threads have at 64 rows a thread: CUDA adds the sums of many chunks by a kernel of its own. The last column is alone in its block. */
    @Test
    void trainingOnLargeImagesMatchesTheDefinition() {
        check(Activation.RELU, Statistics.BATCH, input(33_000, 33, 0.3f), 33_000, 33);
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "7, 16", "4500, 16"})
    void inferenceMatchesTheDefinition(int rows, int width) {
        for (Activation activation : ACTIVATIONS) {
            check(activation, Statistics.RUNNING, input(rows, width, 0.3f), rows, width);
        }
    }

    private void check(Activation activation, Statistics statistics, float[] x, int rows, int width) {
        Map<String, float[]> actual = compute(backend, activation, statistics, Place.APART, x, rows, width);
        Reference expected = new Reference(activation, statistics, x, rows, width);
        String name = activation + " " + statistics + " ";
        TestTensors.assertClose(name + "y", actual.get("y"), expected.y, 1e-5);
        if (statistics == Statistics.BATCH) {
            // A lane adds up to 512 values around 1 in float: roundings of 2^-24 that grow with the sum, about
            // sqrt(512) of them.
            TestTensors.assertClose(name + "mean", actual.get("mean"), expected.mean, 2e-6);
            TestTensors.assertClose(name + "variance", actual.get("variance"), expected.variance, 2e-6);
        }
        TestTensors.assertClose(name + "running", actual.get("running"), expected.running, 1e-6);
        // With one row the variance is 0 and everything is multiplied by 1 / sqrt(epsilon) = 316.
        double gradientTolerance = rows < 3 ? 1e-2 : 2e-5;
        TestTensors.assertClose(name + "dx", actual.get("dx"), expected.dx, gradientTolerance);
        TestTensors.assertClose(name + "dWeight", actual.get("dWeight"), expected.dWeight, 1e-6 * rows + 1e-5);
        TestTensors.assertClose(name + "dBias", actual.get("dBias"), expected.dBias, 1e-6 * rows + 1e-5);
    }

    @Test
    void largeMeansDoNotSpoilTheVariance() {
        // Uniform values of width 2 around 1000: float holds them to 6e-5, a one-pass variance would be off by about
        // 0.1.
        float[] x = input(4500, 16, 1000);
        Map<String, float[]> actual = compute(backend, Activation.IDENTITY, Statistics.BATCH, Place.APART, x, 4500, 16);
        Reference expected = new Reference(Activation.IDENTITY, Statistics.BATCH, x, 4500, 16);
        TestTensors.assertClose("variance", actual.get("variance"), expected.variance, 1e-6);
        TestTensors.assertClose("y", actual.get("y"), expected.y, 5e-4);
    }

    @Test
    void theInputsGradientMayReplaceTheOutputs() {
        float[] x = input(4500, 16, 0);
        for (Activation activation : ACTIVATIONS) {
            Map<String, float[]> apart = compute(backend, activation, Statistics.BATCH, Place.APART, x, 4500, 16);
            Map<String, float[]> same = compute(backend, activation, Statistics.BATCH, Place.IN_PLACE, x, 4500, 16);
            assertThat(same.get("dx")).containsExactly(apart.get("dx"));
            assertThat(same.get("dWeight")).containsExactly(apart.get("dWeight"));
        }
    }

    /** What a layer without a learned scale or bias leaves out changes nothing else. */
    @Test
    void aGradientThatNobodyNeedsIsLeftOut() {
        int rows = 300;
        int width = 5;
        TestTensors tensors = new TestTensors(backend);
        Options options = new Options(EPSILON, MOMENTUM, Activation.GELU);
        Tensor x = tensors.of(input(rows, width, 0), rows, width);
        Tensor ones = tensors.of(positive(2, width), width);
        Channels channels = new Channels(ones, ones, ones, ones);
        Tensor dy = tensors.of(TestTensors.random(6, rows, width), rows, width);
        BatchNormOps ops = backend.batchNorm();
        float[][] dx = new float[4][];
        for (int kept = 0; kept < 4; kept++) {
            Tensor dWeight = kept % 2 == 1 ? tensors.of(new float[width], width) : null;
            Tensor dBias = kept / 2 == 1 ? tensors.of(new float[width], width) : null;
            Tensor out = tensors.unwritten(rows, width);
            ops.backwardInference(options, x, x, channels, dy, out, dWeight, dBias);
            dx[kept] = tensors.download(out);
            for (Tensor gradient : new Tensor[] {dWeight, dBias}) {
                if (gradient != null) {
                    assertThat(tensors.download(gradient)).doesNotContain(0f);
                }
            }
            assertThat(dx[kept]).containsExactly(dx[0]);
        }
    }

    @Test
    void everyRunAndEveryOrderOfThreadsGivesTheSameBits() {
        int[][] extents = {{4500, 16}, {300, 33}};
        for (int[] extent : extents) {
            float[] x = input(extent[0], extent[1], 0);
            TestTensors.haveTheSameBits(
                    under,
                    own -> compute(own, Activation.RELU, Statistics.BATCH, Place.APART, x, extent[0], extent[1]));
        }
    }

    @Test
    void otherActivationsAreRefused() {
        assertThatThrownBy(() -> new Options(EPSILON, MOMENTUM, Activation.SOFTPLUS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch_norm: the activation must be IDENTITY, RELU, GELU or SILU, got SOFTPLUS");
    }

    /** Tiles narrower and wider than a block, one chunk of rows and several; what is F32 has the error of F32, and what is BF16 one rounding more. */
    @ParameterizedTest
    @CsvSource({"5, 3", "7, 1", "300, 5", "260, 33", "1030, 16"})
    void imagesOfBfloat16HaveFloatStatistics(int rows, int width) {
        for (Activation activation : ACTIVATIONS) {
            for (Statistics statistics : Statistics.values()) {
                for (Place place : Place.values()) {
                    String name = activation + " " + statistics + " " + place;
                    Results.matchInBfloat16(name, backend, 2e-5, (own, results) -> {
                        Narrow narrow = new Narrow(results.tensors(), activation, rows, width);
                        narrow.compute(own, statistics, place);
                        results.add("mean", narrow.mean);
                        results.add("variance", narrow.variance);
                        results.add("running mean", narrow.channels.runningMean());
                        results.add("running variance", narrow.channels.runningVariance());
                        results.add("dWeight", narrow.dWeight);
                        results.add("dBias", narrow.dBias);
                    });
                    Results.matchInBfloat16(name, backend, Bfloat16.ROUNDING + 2e-5, (own, results) -> {
                        Narrow narrow = new Narrow(results.tensors(), activation, rows, width);
                        Tensor dx = narrow.compute(own, statistics, place);
                        results.add("y", narrow.y);
                        results.add("dx", dx);
                    });
                }
            }
        }
    }

    /** Arguments with images of BF16; values far from 0, so that statistics in BF16 would be found out. */
    private static final class Narrow {
        private final Options options;
        private final Tensor x;
        private final Tensor y;
        private final Tensor dy;
        private final Tensor apart;
        private final Channels channels;
        private final Tensor mean;
        private final Tensor variance;
        private final Tensor dWeight;
        private final Tensor dBias;

        Narrow(SequenceTensors tensors, Activation activation, int rows, int width) {
            options = new Options(EPSILON, MOMENTUM, activation);
            x = tensors.activations(1, 3, rows, width);
            y = tensors.unwrittenActivations(rows, width);
            dy = tensors.activations(-1, 1, rows, width);
            apart = tensors.unwrittenActivations(rows, width);
            channels = new Channels(
                    tensors.uniform(0.5f, 2, width),
                    tensors.uniform(-1, 1, width),
                    tensors.uniform(1, 3, width),
                    tensors.uniform(0.5f, 2, width));
            mean = tensors.zeros(width);
            variance = tensors.zeros(width);
            dWeight = tensors.uniform(-1, 1, width);
            dBias = tensors.uniform(-1, 1, width);
        }

        /** Returns the gradient of the input. */
        Tensor compute(Backend backend, Statistics statistics, Place place) {
            Tensor dx = place == Place.IN_PLACE ? dy : apart;
            BatchNormOps ops = backend.batchNorm();
            switch (statistics) {
                case BATCH -> {
                    ops.forwardTraining(options, x, channels, mean, variance, y);
                    ops.backwardTraining(options, x, y, channels, mean, variance, dy, dx, dWeight, dBias);
                }
                case RUNNING -> {
                    ops.forwardInference(options, x, channels, y);
                    ops.backwardInference(options, x, y, channels, dy, dx, dWeight, dBias);
                }
            }
            return dx;
        }
    }

    @Test
    void parametersOfAnotherWidthAreNamed() {
        TestTensors tensors = new TestTensors(backend);
        Tensor x = tensors.unwritten(4, 3);
        Tensor three = tensors.unwritten(3);
        Channels channels = new Channels(tensors.unwritten(2), three, three, three);
        Options options = new Options(EPSILON, MOMENTUM, Activation.IDENTITY);
        assertThatThrownBy(() -> backend.batchNorm().forwardInference(options, x, channels, x))
                .hasMessage("batch_norm: weight must have shape (3) but is tensor (2) F32");
    }

    /** The definition and the derivative of it, in double precision. */
    private static final class Reference {
        private final double[] y;
        private final double[] mean;
        private final double[] variance;
        private final double[] dx;
        private final double[] dWeight;
        private final double[] dBias;
        private final double[] running;

        Reference(Activation activation, Statistics statistics, float[] x, int rows, int width) {
            float[] weight = positive(2, width);
            float[] bias = TestTensors.random(3, width);
            float[] oldMean = TestTensors.random(4, width);
            float[] oldVariance = positive(5, width);
            float[] dy = TestTensors.random(6, rows, width);
            float[] oldWeightGradient = TestTensors.random(7, width);
            float[] oldBiasGradient = TestTensors.random(8, width);
            y = new double[x.length];
            dx = new double[x.length];
            mean = new double[width];
            variance = new double[width];
            dWeight = new double[width];
            dBias = new double[width];
            running = new double[2 * width];
            for (int c = 0; c < width; c++) {
                running[c] = oldMean[c];
                running[width + c] = oldVariance[c];
                mean[c] = oldMean[c];
                variance[c] = oldVariance[c];
                if (statistics == Statistics.BATCH) {
                    batch(x, rows, width, c);
                    running[c] = (1 - MOMENTUM) * oldMean[c] + MOMENTUM * mean[c];
                    double unbiased = rows == 1 ? variance[c] : variance[c] * rows / (rows - 1);
                    running[width + c] = (1 - MOMENTUM) * oldVariance[c] + MOMENTUM * unbiased;
                }
                double inverse = 1 / Math.sqrt(variance[c] + EPSILON);
                double sum = 0;
                double product = 0;
                for (int i = c; i < x.length; i += width) {
                    double hat = (x[i] - mean[c]) * inverse;
                    double value = weight[c] * hat + bias[c];
                    double cdf = ErrorFunction.erfc(-value / Math.sqrt(2)) / 2;
                    double density = Math.exp(-value * value / 2) / Math.sqrt(2 * Math.PI);
                    double sigmoid = 1 / (1 + Math.exp(-value));
                    double passed = switch (activation) {
                        case IDENTITY -> 1;
                        case RELU -> value > 0 ? 1 : 0;
                        case SILU -> sigmoid;
                        default -> cdf;
                    };
                    double bend = switch (activation) {
                        case GELU -> density;
                        case SILU -> sigmoid * (1 - sigmoid);
                        default -> 0;
                    };
                    y[i] = value * passed;
                    dx[i] = dy[i] * (passed + value * bend);
                    sum += dx[i];
                    product += dx[i] * hat;
                }
                dBias[c] = oldBiasGradient[c] + sum;
                dWeight[c] = oldWeightGradient[c] + product;
                double through = statistics == Statistics.BATCH ? 1.0 / rows : 0;
                for (int i = c; i < x.length; i += width) {
                    double hat = (x[i] - mean[c]) * inverse;
                    dx[i] = weight[c] * inverse * (dx[i] - through * (sum + hat * product));
                }
            }
        }

        private void batch(float[] x, int rows, int width, int c) {
            mean[c] = 0;
            variance[c] = 0;
            for (int i = c; i < x.length; i += width) {
                mean[c] += x[i] / (double) rows;
            }
            for (int i = c; i < x.length; i += width) {
                variance[c] += (x[i] - mean[c]) * (x[i] - mean[c]) / rows;
            }
        }
    }
}
