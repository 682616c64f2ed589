package io.mambapkd.ops.cpu;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Checks;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One task for some samples. The weight is transposed to (W, D), so that the inner loops run over channels. */
final class CpuConv1d implements Conv1dOps {
    private static final String NAME = "causal_conv1d";
    private static final int ELEMENTS_PER_TASK = 16384;

    private static final int PRE = 0;
    private static final int EXPONENTIAL = 1;
    private static final int WORK = 2;

    private final CpuExecutor executor;
    private final Partials partials = new Partials();
    /** Taps (W, D), then the bias (D), zero where there is none. */
    private float[] taps = {};

    CpuConv1d(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void forward(Activation activation, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        check(activation, x, weight, bias);
        int[] shape = x.shape().toArray();
        Checks.shape(NAME, "y", y, shape);
        int length = shape[1];
        int channels = shape[2];
        int width = weight.shape().last();
        loadTaps(weight, bias);
        Rows in = Rows.of(x);
        Rows out = Rows.of(y);
        int size = length * channels;
        RowSplit split = RowSplit.byElements(shape[0], size, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            float[] e = scratch.floats(EXPONENTIAL, size);
            float[] work = scratch.floats(WORK, size);
            for (int b = split.first(task); b < split.end(task); b++) {
                int at = out.at(b * length);
                convolve(in, b * length, length, channels, width, out.data(), at);
                if (activation == Activation.SILU) {
                    Loops.negate(out.data(), at, e, 0, size);
                    FloatMath.exp(e, 0, e, 0, size, work);
                    Loops.multiplyBySigmoid(out.data(), at, e, out.data(), at, size);
                }
            }
        });
    }

    @Override
    public void backward(
            Activation activation,
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            @Nullable Tensor dBias) {
        check(activation, x, weight, bias);
        int[] shape = x.shape().toArray();
        int length = shape[1];
        int channels = shape[2];
        int width = weight.shape().last();
        Checks.shape(NAME, "dy", dy, shape);
        Checks.columnView(NAME, "dx", dx, shape);
        Checks.shape(NAME, "dWeight", dWeight, channels, width);
        Checks.that((bias == null) == (dBias == null), NAME, "dBias must be null exactly if the bias is");
        if (dBias != null) {
            Checks.shape(NAME, "dBias", dBias, channels);
        }
        loadTaps(weight, bias);
        Rows in = Rows.of(x);
        Rows upstream = Rows.of(dy);
        Rows out = Rows.of(dx);
        int size = length * channels;
        RowSplit split = RowSplit.byElements(shape[0], size, ELEMENTS_PER_TASK);
        int sumsPerTask = (width + 1) * channels;
        float[] sums = partials.reset(split.tasks(), sumsPerTask);
        executor.run(split.tasks(), (task, scratch) -> {
            float[] pre = scratch.floats(PRE, size);
            float[] e = scratch.floats(EXPONENTIAL, size);
            float[] work = scratch.floats(WORK, size);
            int sumsAt = task * sumsPerTask;
            for (int b = split.first(task); b < split.end(task); b++) {
                int row = b * length;
                if (activation == Activation.SILU) {
                    convolve(in, row, length, channels, width, pre, 0);
                    Loops.negate(pre, 0, e, 0, size);
                    FloatMath.exp(e, 0, e, 0, size, work);
                    Loops.siluGradient(pre, 0, e, upstream.data(), upstream.at(row), pre, 0, size);
                } else {
                    System.arraycopy(upstream.data(), upstream.at(row), pre, 0, size);
                }
                inputGradient(pre, length, channels, width, out, row);
                weightGradient(pre, length, channels, width, in, row, sums, sumsAt);
            }
        });
        float[] total = partials.total();
        float[] target = CpuMemory.floats(dWeight);
        for (int d = 0; d < channels; d++) {
            for (int w = 0; w < width; w++) {
                target[CpuMemory.at(dWeight) + d * width + w] += total[w * channels + d];
            }
        }
        if (dBias != null) {
            partials.addTo(CpuMemory.floats(dBias), CpuMemory.at(dBias), width * channels, channels);
        }
    }

    private static void check(Activation activation, Tensor x, Tensor weight, @Nullable Tensor bias) {
        Checks.that(
                activation == Activation.SILU || activation == Activation.IDENTITY,
                NAME,
                "the activation must be SILU or IDENTITY, got " + activation);
        Checks.that(x.shape().rank() == 3, NAME, "x must have 3 axes (B, L, D) but is " + x);
        int channels = x.shape().last();
        Checks.columnView(NAME, "x", x, x.shape().toArray());
        Checks.shape(NAME, "weight", weight, channels, weight.shape().last());
        if (bias != null) {
            Checks.shape(NAME, "bias", bias, channels);
        }
    }

    private void loadTaps(Tensor weight, @Nullable Tensor bias) {
        int channels = weight.shape().extent(0);
        int width = weight.shape().last();
        if (taps.length != (width + 1) * channels) {
            taps = new float[(width + 1) * channels];
        }
        float[] source = CpuMemory.floats(weight);
        for (int w = 0; w < width; w++) {
            for (int d = 0; d < channels; d++) {
                taps[w * channels + d] = source[CpuMemory.at(weight) + d * width + w];
            }
        }
        if (bias == null) {
            java.util.Arrays.fill(taps, width * channels, taps.length, 0f);
        } else {
            System.arraycopy(CpuMemory.floats(bias), CpuMemory.at(bias), taps, width * channels, channels);
        }
    }

    /** The value before the activation, for one sample. */
    private void convolve(Rows x, int row, int length, int channels, int width, float[] out, int outAt) {
        int biasAt = width * channels;
        for (int l = 0; l < length; l++) {
            int at = outAt + l * channels;
            if (width == 4 && l >= 3) {
                fourTaps(taps, channels, x.data(), x.at(row + l), x.stride(), out, at, channels);
                continue;
            }
            System.arraycopy(taps, biasAt, out, at, channels);
            for (int w = Math.max(0, width - 1 - l); w < width; w++) {
                int from = x.at(row + l - (width - 1) + w);
                Loops.accumulateProduct(out, at, taps, w * channels, x.data(), from, channels);
            }
        }
    }

    private static void fourTaps(
            float[] taps, int channels, float[] x, int xAt, int stride, float[] out, int at, int count) {
        int x0 = xAt - 3 * stride;
        int x1 = xAt - 2 * stride;
        int x2 = xAt - stride;
        int tap1 = channels;
        int tap2 = 2 * channels;
        int tap3 = 3 * channels;
        int bias = 4 * channels;
        for (int i = 0; i < count; i++) {
            out[at + i] = taps[bias + i]
                    + taps[i] * x[x0 + i]
                    + taps[tap1 + i] * x[x1 + i]
                    + taps[tap2 + i] * x[x2 + i]
                    + taps[tap3 + i] * x[xAt + i];
        }
    }

    /** dx[l] = sum over w of weight[w] g[l + W-1 - w]. */
    private void inputGradient(float[] g, int length, int channels, int width, Rows dx, int row) {
        for (int l = 0; l < length; l++) {
            int at = dx.at(row + l);
            int last = width - 1;
            Loops.multiply(taps, last * channels, g, l * channels, dx.data(), at, channels);
            for (int w = last - 1; w >= 0 && l + last - w < length; w--) {
                Loops.accumulateProduct(dx.data(), at, taps, w * channels, g, (l + last - w) * channels, channels);
            }
        }
    }

    private static void weightGradient(
            float[] g, int length, int channels, int width, Rows x, int row, float[] sums, int sumsAt) {
        for (int l = 0; l < length; l++) {
            int from = l * channels;
            for (int w = Math.max(0, width - 1 - l); w < width; w++) {
                int xAt = x.at(row + l - (width - 1) + w);
                Loops.accumulateProduct(sums, sumsAt + w * channels, g, from, x.data(), xAt, channels);
            }
            Loops.accumulate(sums, sumsAt + width * channels, g, from, channels);
        }
    }
}
