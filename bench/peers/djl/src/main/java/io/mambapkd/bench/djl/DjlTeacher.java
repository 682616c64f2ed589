package io.mambapkd.bench.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.Shape;
import io.mambapkd.model.CnnSpec;

/** The convolutional teacher. */
final class DjlTeacher implements DjlModel {
    private static final float EPSILON = 1e-5f;
    /** DJL's momentum is the share of the old statistics. */
    private static final float MOMENTUM = 0.9f;

    private final CnnSpec spec;

    DjlTeacher(CnnSpec spec) {
        this.spec = spec;
    }

    @Override
    public NDArray logits(NDArray images, DjlParameters.Views weights) {
        NDArray x = images.transpose(0, 3, 1, 2);
        for (int stage = 0; stage < spec.channels().size(); stage++) {
            if (stage > 0) {
                x = x.getNDArrayInternal().maxPool(new Shape(2, 2), new Shape(2, 2), new Shape(0, 0), false);
            }
            for (int conv = 0; conv < spec.convsPerStage(); conv++) {
                x = convolution(x, weights, "features." + stage + "." + conv + ".");
            }
        }
        x = x.getNDArrayInternal().globalAvgPool();
        NDArrayEx ex = x.getNDArrayInternal();
        x = ex.dropout(x, (float) spec.dropout(), true).singletonOrThrow();
        return ex.linear(x, weights.get("head.weight"), weights.get("head.bias"))
                .singletonOrThrow();
    }

    private static NDArray convolution(NDArray x, DjlParameters.Views weights, String prefix) {
        NDArrayEx ex = x.getNDArrayInternal();
        NDArray y = ex.convolution(
                        x,
                        weights.get(prefix + "conv.weight"),
                        null,
                        new Shape(1, 1),
                        new Shape(1, 1),
                        new Shape(1, 1),
                        1)
                .singletonOrThrow();
        NDArray normalised = ex.batchNorm(
                        y,
                        weights.get(prefix + "bn.running_mean"),
                        weights.get(prefix + "bn.running_var"),
                        weights.get(prefix + "bn.weight"),
                        weights.get(prefix + "bn.bias"),
                        -1,
                        MOMENTUM,
                        EPSILON,
                        true)
                .singletonOrThrow();
        return normalised.getNDArrayInternal().relu();
    }
}
