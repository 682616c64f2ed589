package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What {@link io.mambapkd.ops.NormOps} refuses. */
public final class NormChecks {
    private NormChecks() {}

    public static void rmsNorm(Tensor x, Tensor weight, Tensor y) {
        int[] shape = x.shape().toArray();
        Checks.shape("rms_norm", "x", x, shape);
        Checks.shape("rms_norm", "weight", weight, x.shape().last());
        Checks.shape("rms_norm", "y", y, Checks.activationType("rms_norm", "y", y), shape);
    }

    public static void rmsNormGradient(
            Tensor x, Tensor weight, Tensor dy, @Nullable Tensor residual, Tensor dx, Tensor dWeight) {
        DType dtype = Checks.activationType("rms_norm_gradient", "dy", dy);
        gradient("rms_norm_gradient", x, weight, dy, dtype, dx, dWeight);
        if (residual != null) {
            Checks.shape("rms_norm_gradient", "residual", residual, x.shape().toArray());
        }
    }

    public static void layerNorm(Tensor x, Tensor weight, Tensor bias, Tensor y) {
        int[] shape = x.shape().toArray();
        Checks.shape("layer_norm", "x", x, shape);
        Checks.shape("layer_norm", "weight", weight, x.shape().last());
        Checks.shape("layer_norm", "bias", bias, x.shape().last());
        Checks.shape("layer_norm", "y", y, shape);
    }

    public static void layerNormGradient(Tensor x, Tensor weight, Tensor dy, Tensor dx, Tensor dWeight, Tensor dBias) {
        gradient("layer_norm_gradient", x, weight, dy, DType.F32, dx, dWeight);
        Checks.shape("layer_norm_gradient", "dBias", dBias, x.shape().last());
    }

    private static void gradient(
            String name, Tensor x, Tensor weight, Tensor dy, DType upstream, Tensor dx, Tensor dWeight) {
        int[] shape = x.shape().toArray();
        Checks.shape(name, "x", x, shape);
        Checks.shape(name, "weight", weight, x.shape().last());
        Checks.shape(name, "dy", dy, upstream, shape);
        Checks.shape(name, "dx", dx, shape);
        Checks.shape(name, "dWeight", dWeight, x.shape().last());
    }
}
