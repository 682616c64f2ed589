package io.mambapkd.ops.checks;

import io.mambapkd.ops.BlockOps.ConvProjectionGradients;
import io.mambapkd.ops.BlockOps.ConvProjectionInputs;
import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** What {@link io.mambapkd.ops.BlockOps.ConvProjection} refuses. */
public final class ConvProjectionChecks {
    private static final String NAME = "conv_projection";

    private ConvProjectionChecks() {}

    /** @param outputs P of the part; D and W are those of the taps, (D, W) */
    public static void forward(
            ConvProjectionInputs inputs,
            int channels,
            int taps,
            int outputs,
            DType activations,
            Tensor u,
            Tensor projected) {
        inputs(inputs, channels, taps, outputs, activations);
        int[] shape = inputs.x().shape().toArray();
        Checks.shape(NAME, "u", u, activations, shape);
        Checks.shape(NAME, "projected", projected, shape[0], shape[1], outputs);
    }

    /** @param outputs P of the part; D and W are those of the taps, (D, W) */
    public static void backward(
            ConvProjectionInputs inputs,
            int channels,
            int taps,
            int outputs,
            DType activations,
            Tensor du,
            Tensor dProjected,
            Tensor dx,
            ConvProjectionGradients gradients) {
        inputs(inputs, channels, taps, outputs, activations);
        int[] shape = inputs.x().shape().toArray();
        Checks.shape(NAME, "du", du, activations, shape);
        Checks.shape(NAME, "dProjected", dProjected, shape[0], shape[1], outputs);
        alignedRows("dx", dx, activations, shape);
        Checks.shape(NAME, "dTaps", gradients.dTaps(), channels, taps);
        Tensor dBias = gradients.dBias();
        Checks.that((inputs.bias() == null) == (dBias == null), NAME, "dBias must be null exactly if the bias is");
        if (dBias != null) {
            Checks.shape(NAME, "dBias", dBias, channels);
        }
        Checks.shape(NAME, "dWeight", gradients.dWeight(), outputs, channels);
    }

    private static void inputs(ConvProjectionInputs inputs, int channels, int taps, int outputs, DType activations) {
        Tensor x = inputs.x();
        Checks.that(x.shape().rank() == 3, NAME, "x must have 3 axes (B, L, D) but is " + x);
        int[] shape = x.shape().toArray();
        alignedRows("x", x, activations, shape[0], shape[1], channels);
        Checks.shape(NAME, "taps", inputs.taps(), channels, taps);
        Tensor bias = inputs.bias();
        if (bias != null) {
            Checks.shape(NAME, "bias", bias, channels);
        }
        Checks.shape(NAME, "weight", inputs.weight(), outputs, channels);
    }

    private static void alignedRows(String role, Tensor tensor, DType activations, int... shape) {
        Checks.columnView(NAME, role, tensor, activations, shape);
        Checks.that(
                tensor.rowStride() % 4 == 0,
                NAME,
                role + " must have rows a multiple of 4 elements apart, got " + tensor.rowStride() + ": " + tensor);
    }
}
