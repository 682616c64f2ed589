package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.PoolOps.Windows;
import io.mambapkd.tensor.Tensor;

/** Argument checks of {@link io.mambapkd.ops.PoolOps}, shared by all backends. Each returns the extents (B, H, W, C) of the images. */
public final class PoolChecks {
    private static final String MAXIMUM = "max_pool";
    private static final String AVERAGE = "global_average_pool";

    /** Those of {@link io.mambapkd.ops.PoolOps#maxPool2x2}. */
    public static final Windows PAIRS = new Windows(2, 2);

    private PoolChecks() {}

    public static int[] maxPool(Windows windows, Tensor x, Tensor y) {
        int[] in = images(MAXIMUM, x);
        int height = windows.height();
        int width = windows.width();
        Checks.that(
                in[1] >= height && in[2] >= width,
                MAXIMUM,
                "images must be at least " + height + "x" + width + " but are " + x);
        Checks.shape(MAXIMUM, "output", y, x.dtype(), in[0], in[1] / height, in[2] / width, in[3]);
        return in;
    }

    public static int[] maxPoolGradient(Windows windows, Tensor x, Tensor dy, Tensor dx) {
        int[] in = maxPool(windows, x, dy);
        Checks.shape(MAXIMUM, "input gradient", dx, x.dtype(), in);
        return in;
    }

    /** Both directions: the gradients have the shapes and types of what they belong to. */
    public static int[] globalAveragePool(Tensor x, Tensor y) {
        int[] in = images(AVERAGE, x);
        Checks.shape(AVERAGE, "output", y, in[0], in[3]);
        return in;
    }

    private static int[] images(String operation, Tensor x) {
        Checks.that(x.shape().rank() == 4, operation, "images must be (B, H, W, C) but are " + x);
        int[] in = x.shape().toArray();
        Checks.shape(operation, "images", x, Checks.activationType(operation, "images", x), in);
        return in;
    }
}
