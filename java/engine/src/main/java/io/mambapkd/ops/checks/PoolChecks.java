package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.Tensor;

/** Argument checks of {@link io.mambapkd.ops.PoolOps}, shared by all backends. Each returns the extents (B, H, W, C) of the images. */
public final class PoolChecks {
    private static final String MAXIMUM = "max_pool";
    private static final String AVERAGE = "global_average_pool";

    private PoolChecks() {}

    public static int[] maxPool(Tensor x, Tensor y) {
        int[] in = images(MAXIMUM, x);
        Checks.that(in[1] >= 2 && in[2] >= 2, MAXIMUM, "images must be at least 2x2 but are " + x);
        Checks.shape(MAXIMUM, "output", y, x.dtype(), in[0], in[1] / 2, in[2] / 2, in[3]);
        return in;
    }

    public static int[] maxPoolGradient(Tensor x, Tensor dy, Tensor dx) {
        int[] in = maxPool(x, dy);
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
