package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.nn.Linear;
import io.mambapkd.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#convolutions")
public class Conv2dOpsContractTest {
    private final BackendUnderTest under;
    private final Backend backend;

    Conv2dOpsContractTest(BackendUnderTest under) {
        this.under = under;
        backend = under.open();
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    /** A convolution with the path that it is there for. */
    public enum Case {
        ONE_CHANNEL_ODD_SIZES(3, 1, 1, 3, 5, 7, 1, 16),
        ONE_CHANNEL_WITHOUT_PADDING(3, 1, 0, 2, 6, 5, 1, 3),
        ONE_CHANNEL_WITH_STRIDE(3, 2, 1, 2, 7, 6, 1, 4),
        ONE_CHANNEL_WIDER_THAN_THE_IMAGE(5, 1, 4, 1, 3, 2, 1, 3),
        ONE_OUTPUT_WIDER_THAN_THE_IMAGE(5, 1, 4, 2, 4, 4, 3, 1),
        ONE_OUTPUT_CHANNEL(3, 1, 1, 2, 6, 5, 3, 1),
        KERNEL_OF_ONE(1, 1, 0, 2, 4, 6, 33, 3),
        KERNEL_OF_ONE_WITH_STRIDE(1, 2, 0, 2, 5, 6, 3, 2),
        KERNEL_OF_FIVE(5, 1, 2, 1, 9, 8, 16, 4),
        KERNEL_AS_LARGE_AS_THE_IMAGE(5, 1, 0, 2, 5, 5, 3, 2),
        STRIDE_TWO_ODD(3, 2, 1, 2, 9, 7, 16, 5),
        STRIDE_TWO_EVEN(3, 2, 1, 2, 8, 6, 3, 33),
        STRIDE_THREE(3, 3, 0, 1, 11, 10, 3, 2),
        WITHOUT_PADDING(3, 1, 0, 2, 6, 7, 16, 3),
        /** 84 output rows in chunks of 16, which end inside an image, and a rest of 4. */
        SEVERAL_CHUNKS(3, 1, 1, 3, 28, 28, 16, 16),
        /** 308 output rows in chunks of 260. */
        SEVERAL_CHUNKS_OF_ONE_CHANNEL(3, 1, 1, 11, 28, 28, 1, 2),
        /** 34 images, which the CPU's library computes in 17 pieces: two per partial sum of the weight gradient. */
        PIECES_OF_TWO_IMAGES(3, 1, 1, 34, 4, 4, 3, 5),
        /** 18 chunks: two per partial sum of the weight gradient. */
        SEVERAL_CHUNKS_PER_PARTIAL_SUM(3, 1, 1, 10, 28, 28, 16, 3);

        private final int kernel;
        private final int stride;
        private final int padding;
        private final int batch;
        private final int height;
        private final int width;
        private final int inputs;
        private final int outputs;

        Case(int kernel, int stride, int padding, int batch, int height, int width, int inputs, int outputs) {
            this.kernel = kernel;
            this.stride = stride;
            this.padding = padding;
            this.batch = batch;
            this.height = height;
            this.width = width;
            this.inputs = inputs;
            this.outputs = outputs;
        }

        public Conv2dOps.Options options() {
            return new Conv2dOps.Options(kernel, stride, padding);
        }

        public int[] x() {
            return new int[] {batch, height, width, inputs};
        }

        public int[] y() {
            return new int[] {batch, options().output(height), options().output(width), outputs};
        }

        public int[] weight() {
            return new int[] {outputs, inputs, kernel, kernel};
        }
    }

    /** Sums are in F32. Results are rounded once; so is the gradient of the kernel, before it is added in F32. */
    @ParameterizedTest
    @EnumSource
    void imagesOfBfloat16HaveFloatSums(Case c) {
        Results.matchInBfloat16(c.name(), backend, Bfloat16.ROUNDING + 1e-5, (own, results) -> {
            SequenceTensors tensors = results.tensors();
            Tensor x = tensors.activations(-1, 1, c.x());
            Tensor weight = tensors.activations(-1, 1, c.weight());
            Tensor dy = tensors.activations(-1, 1, c.y());
            Tensor y = tensors.unwrittenActivations(c.y());
            Tensor dx = tensors.unwrittenActivations(c.x());
            Tensor dWeight = tensors.uniform(-1, 1, c.weight());
            own.conv2d().forward(c.options(), x, weight, null, y);
            own.conv2d().backwardData(c.options(), weight, dy, dx);
            own.conv2d().backwardWeights(c.options(), x, dy, dWeight, null);
            results.add("y", y);
            results.add("dx", dx);
            results.add("dWeight", dWeight);
        });
    }

    public static Map<String, float[]> compute(Backend backend, Case c, Linear.Bias biased) {
        TestTensors tensors = new TestTensors(backend);
        Tensor x = tensors.of(TestTensors.random(1, c.x()), c.x());
        Tensor weight = tensors.of(TestTensors.random(2, c.weight()), c.weight());
        Tensor bias = biased == Linear.Bias.NO ? null : tensors.of(TestTensors.random(3, c.outputs), c.outputs);
        Tensor dy = tensors.of(TestTensors.random(4, c.y()), c.y());
        Tensor y = tensors.unwritten(c.y());
        Tensor dx = tensors.unwritten(c.x());
        // Gradients of parameters start at something, because they are added to.
        Tensor dWeight = tensors.of(TestTensors.random(5, c.weight()), c.weight());
        Tensor dBias = tensors.of(TestTensors.random(6, c.outputs), c.outputs);
        backend.conv2d().forward(c.options(), x, weight, bias, y);
        backend.conv2d().backwardData(c.options(), weight, dy, dx);
        backend.conv2d().backwardWeights(c.options(), x, dy, dWeight, bias == null ? null : dBias);
        return Map.of(
                "y",
                tensors.download(y),
                "dx",
                tensors.download(dx),
                "dWeight",
                tensors.download(dWeight),
                "dBias",
                tensors.download(dBias));
    }

    @ParameterizedTest
    @EnumSource(Case.class)
    void matchesTheDefinition(Case c) {
        check(c, compute(backend, c, Linear.Bias.YES));
    }

    public static void check(Case c, Map<String, float[]> actual) {
        Reference expected = new Reference(c);
        // Float sums of n products: errors grow like the root of n. A sum of 300 products reaches 10, where half a unit
        // in the last place is 5e-7.
        double patch = 8e-7 * Math.sqrt(c.kernel * c.kernel * Math.max(c.inputs, c.outputs)) + 1e-6;
        // A sum of n products in any order reaches root n (three times its deviation), each step rounds it by 2^-23 /
        // root 12 of that in the mean, and
        // the largest error of some thousand sums is four times the deviation of n such steps: 1.4e-7 n, which exceeds
        // the rule above from n = 200 on.
        double n = expected.y.length / (double) c.outputs;
        double positions = Math.max(2e-6 * Math.sqrt(n), 1.4e-7 * n) + 1e-6;
        TestTensors.assertClose("y", actual.get("y"), expected.y, patch);
        TestTensors.assertClose("dx", actual.get("dx"), expected.dx, patch);
        TestTensors.assertClose("dWeight", actual.get("dWeight"), expected.dWeight, positions);
        TestTensors.assertClose("dBias", actual.get("dBias"), expected.dBias, positions);
    }

    @Test
    void withoutBiasNothingIsAddedAndNoBiasGradientIsWritten() {
        Case c = Case.KERNEL_OF_ONE;
        Map<String, float[]> plain = compute(backend, c, Linear.Bias.NO);
        Map<String, float[]> biased = compute(backend, c, Linear.Bias.YES);
        float[] bias = TestTensors.random(3, c.outputs);
        for (int i = 0; i < plain.get("y").length; i++) {
            assertThat(biased.get("y")[i]).isEqualTo(plain.get("y")[i] + bias[i % c.outputs]);
        }
        assertThat(plain.get("dWeight")).containsExactly(biased.get("dWeight"));
        assertThat(plain.get("dBias")).containsExactly(TestTensors.random(6, c.outputs));
    }

    @ParameterizedTest
    @EnumSource(
            value = Case.class,
            names = {
                "SEVERAL_CHUNKS",
                "SEVERAL_CHUNKS_OF_ONE_CHANNEL",
                "SEVERAL_CHUNKS_PER_PARTIAL_SUM",
                "PIECES_OF_TWO_IMAGES"
            })
    void everyRunAndEveryOrderOfThreadsGivesTheSameBits(Case c) {
        TestTensors.haveTheSameBits(under, own -> compute(own, c, Linear.Bias.YES));
    }

    @ParameterizedTest
    @EnumSource
    void bothGradientsAtOnceHaveTheSameBits(Case c) {
        Map<String, float[]> apart = compute(backend, c, Linear.Bias.NO);
        TestTensors tensors = new TestTensors(backend);
        Tensor dx = tensors.unwritten(c.x());
        Tensor dWeight = tensors.of(TestTensors.random(5, c.weight()), c.weight());
        backend.conv2d()
                .backward(
                        c.options(),
                        tensors.of(TestTensors.random(1, c.x()), c.x()),
                        tensors.of(TestTensors.random(2, c.weight()), c.weight()),
                        tensors.of(TestTensors.random(4, c.y()), c.y()),
                        dWeight,
                        dx);
        assertThat(tensors.download(dx)).containsExactly(apart.get("dx"));
        assertThat(tensors.download(dWeight)).containsExactly(apart.get("dWeight"));
    }

    /** What a backend reads in the other layout gives the same bits; the gradient of a kernel stays in the first. */
    @ParameterizedTest
    @EnumSource
    void kernelsMayLieChannelsLastWhereABackendReadsThem(Case c) {
        Conv2dOps.Options last = c.options().with(Conv2dOps.Layout.CHANNELS_LAST);
        TestTensors tensors = new TestTensors(backend);
        Tensor x = tensors.of(TestTensors.random(1, c.x()), c.x());
        float[] kernel = TestTensors.random(2, c.weight());
        float[] moved = new float[kernel.length];
        int taps = c.kernel * c.kernel;
        for (int i = 0; i < kernel.length; i++) {
            int o = i / (c.inputs * taps);
            moved[(o * taps + i % taps) * c.inputs + i / taps % c.inputs] = kernel[i];
        }
        Tensor weight = tensors.of(moved, c.outputs, c.kernel, c.kernel, c.inputs);
        Tensor dy = tensors.of(TestTensors.random(4, c.y()), c.y());
        Tensor y = tensors.unwritten(c.y());
        Tensor dx = tensors.unwritten(c.x());
        Tensor dWeight = tensors.of(TestTensors.random(5, c.weight()), c.weight());
        if (!backend.readsKernelsChannelsLast()) {
            assertThatThrownBy(() -> backend.conv2d().forward(last, x, weight, null, y))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("conv2d: needs kernels (Cout, Cin, k, k) on this backend");
            assertThatThrownBy(() -> backend.conv2d().backward(last, x, weight, dy, dWeight, dx))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("conv2d: needs kernels (Cout, Cin, k, k) on this backend");
            return;
        }
        Map<String, float[]> first = compute(backend, c, Linear.Bias.NO);
        backend.conv2d().forward(last, x, weight, null, y);
        backend.conv2d().backward(last, x, weight, dy, dWeight, dx);
        assertThat(tensors.download(y)).containsExactly(first.get("y"));
        assertThat(tensors.download(dx)).containsExactly(first.get("dx"));
        assertThat(tensors.download(dWeight)).containsExactly(first.get("dWeight"));
    }

    @Test
    void tensorsThatDoNotFitAreNamed() {
        Conv2dOps.Options options = new Conv2dOps.Options(3, 1, 1);
        TestTensors tensors = new TestTensors(backend);
        Tensor x = tensors.unwritten(2, 4, 4, 3);
        Tensor weight = tensors.unwritten(5, 2, 3, 3);
        Tensor y = tensors.unwritten(2, 4, 4, 5);
        assertThatThrownBy(() -> backend.conv2d().forward(options, x, weight, null, y))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("conv2d: kernel must have shape (5, 3, 3, 3) but is tensor (5, 2, 3, 3) F32");
        Tensor tiny = tensors.unwritten(2, 1, 4, 2);
        assertThatThrownBy(() -> backend.conv2d()
                        .forward(new Conv2dOps.Options(3, 1, 0), tiny, weight, null, tensors.unwritten(2, 1, 2, 5)))
                .hasMessage("conv2d: tensor (2, 1, 4, 2) F32 is smaller than a kernel of 3 with padding 0");
    }

    /** The definition, term by term in double precision. */
    private static final class Reference {
        private final double[] y;
        private final double[] dx;
        private final double[] dWeight;
        private final double[] dBias;

        Reference(Case c) {
            int kernel = c.kernel;
            int outHeight = c.options().output(c.height);
            int outWidth = c.options().output(c.width);
            float[] x = TestTensors.random(1, c.x());
            float[] weight = TestTensors.random(2, c.weight());
            float[] bias = TestTensors.random(3, c.outputs);
            float[] dy = TestTensors.random(4, c.y());
            y = new double[dy.length];
            dx = new double[x.length];
            dWeight = doubles(TestTensors.random(5, c.weight()));
            dBias = doubles(TestTensors.random(6, c.outputs));
            for (int at = 0; at < y.length; at++) {
                int o = at % c.outputs;
                int j = at / c.outputs % outWidth;
                int i = at / c.outputs / outWidth % outHeight;
                int b = at / c.outputs / outWidth / outHeight;
                y[at] = bias[o];
                dBias[o] += dy[at];
                for (int p = 0; p < kernel; p++) {
                    for (int q = 0; q < kernel; q++) {
                        int row = i * c.stride + p - c.padding;
                        int column = j * c.stride + q - c.padding;
                        if (row < 0 || row >= c.height || column < 0 || column >= c.width) {
                            continue;
                        }
                        for (int k = 0; k < c.inputs; k++) {
                            int w = ((o * c.inputs + k) * kernel + p) * kernel + q;
                            int from = ((b * c.height + row) * c.width + column) * c.inputs + k;
                            y[at] += (double) weight[w] * x[from];
                            dx[from] += (double) weight[w] * dy[at];
                            dWeight[w] += (double) x[from] * dy[at];
                        }
                    }
                }
            }
        }

        private static double[] doubles(float[] values) {
            double[] result = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                result[i] = values[i];
            }
            return result;
        }
    }
}
