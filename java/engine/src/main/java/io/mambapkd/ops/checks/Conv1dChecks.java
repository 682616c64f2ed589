package io.mambapkd.ops.checks;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What {@link io.mambapkd.ops.Conv1dOps} refuses. */
public final class Conv1dChecks {
    private static final String NAME = "causal_conv1d";

    private Conv1dChecks() {}

    public static void forward(Activation activation, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        DType dtype = inputs(activation, x, weight, bias);
        Checks.shape(NAME, "y", y, dtype, x.shape().toArray());
    }

    public static void backward(
            Activation activation,
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            @Nullable Tensor dBias) {
        DType dtype = inputs(activation, x, weight, bias);
        int[] shape = x.shape().toArray();
        Checks.shape(NAME, "dy", dy, dtype, shape);
        Checks.columnView(NAME, "dx", dx, dtype, shape);
        Checks.shape(NAME, "dWeight", dWeight, weight.shape().toArray());
        Checks.that((bias == null) == (dBias == null), NAME, "dBias must be null exactly if the bias is");
        if (dBias != null) {
            Checks.shape(NAME, "dBias", dBias, shape[2]);
        }
    }

    /** The type of x, which that of y and of both gradients is. */
    private static DType inputs(Activation activation, Tensor x, Tensor weight, @Nullable Tensor bias) {
        Checks.that(
                activation == Activation.SILU || activation == Activation.IDENTITY,
                NAME,
                "the activation must be SILU or IDENTITY, got " + activation);
        Checks.that(x.shape().rank() == 3, NAME, "x must have 3 axes (B, L, D) but is " + x);
        int channels = x.shape().last();
        DType dtype = Checks.activationType(NAME, "x", x);
        Checks.shape(NAME, "weight", weight, channels, weight.shape().last());
        if (bias != null) {
            Checks.shape(NAME, "bias", bias, channels);
        }
        return dtype;
    }
}
