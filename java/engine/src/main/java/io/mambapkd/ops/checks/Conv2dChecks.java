package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.Conv2dOps.Layout;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Argument checks of {@link Conv2dOps}, shared by all backends. Each returns the number of output channels. */
public final class Conv2dChecks {
    private static final String NAME = "conv2d";

    private Conv2dChecks() {}

    public static int forward(Conv2dOps.Options options, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        int outputs = fit(options, options.layout(), x, weight, x.dtype(), y);
        if (bias != null) {
            floats(x, bias);
            Checks.shape(NAME, "bias", bias, outputs);
        }
        return outputs;
    }

    public static int backwardData(Conv2dOps.Options options, Tensor weight, Tensor dy, Tensor dx) {
        return fit(options, options.layout(), dx, weight, dx.dtype(), dy);
    }

    public static int backwardWeights(
            Conv2dOps.Options options, Tensor x, Tensor dy, Tensor dWeight, @Nullable Tensor dBias) {
        int outputs = fit(options, Layout.CHANNELS_FIRST, x, dWeight, DType.F32, dy);
        if (dBias != null) {
            floats(x, dBias);
            Checks.shape(NAME, "bias gradient", dBias, outputs);
        }
        return outputs;
    }

    private static void floats(Tensor x, Tensor bias) {
        Checks.that(x.dtype() == DType.F32, NAME, x + " cannot have the bias " + bias + ": only F32 images can");
    }

    /** Refuses kernels that a backend does not read as they lie. */
    public static void channelsFirst(Conv2dOps.Options options) {
        Checks.that(options.layout() == Layout.CHANNELS_FIRST, NAME, "needs kernels (Cout, Cin, k, k) on this backend");
    }

    private static int fit(
            Conv2dOps.Options options, Layout layout, Tensor x, Tensor weight, DType kernelType, Tensor y) {
        Checks.that(x.shape().rank() == 4, NAME, "images must be (B, H, W, C) but are " + x);
        Checks.that(weight.shape().rank() == 4, NAME, "the kernel must be (Cout, Cin, k, k) but is " + weight);
        int[] in = x.shape().toArray();
        int outputs = weight.shape().extent(0);
        int outHeight = options.output(in[1]);
        int outWidth = options.output(in[2]);
        Checks.that(
                in[1] + 2 * options.padding() >= options.kernel() && in[2] + 2 * options.padding() >= options.kernel(),
                NAME,
                x + " is smaller than a kernel of " + options.kernel() + " with padding " + options.padding());
        DType dtype = Checks.activationType(NAME, "input", x);
        Checks.that(
                dtype == DType.F32 || options.operands() == Conv2dOps.Operands.STORED,
                NAME,
                "rounds the operands of F32 tensors, but the input is " + x);
        Checks.shape(NAME, "input", x, dtype, in);
        int kernel = options.kernel();
        if (layout == Layout.CHANNELS_FIRST) {
            Checks.shape(NAME, "kernel", weight, kernelType, outputs, in[3], kernel, kernel);
        } else {
            Checks.shape(NAME, "kernel", weight, kernelType, outputs, kernel, kernel, in[3]);
        }
        Checks.shape(NAME, "output", y, dtype, in[0], outHeight, outWidth, outputs);
        return outputs;
    }
}
