package io.mambapkd.validate;

import io.mambapkd.ops.BlockOps.ConvProjection;
import io.mambapkd.ops.BlockOps.ConvProjectionGradients;
import io.mambapkd.ops.BlockOps.ConvProjectionInputs;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** The convolution of a block with its projection in one kernel. */
final class ConvProjectionOperations {
    private ConvProjectionOperations() {}

    static List<Operation> all() {
        return List.of(Operation.inBothTypes("conv_projection", ConvProjectionOperations::convProjection));
    }

    private static void convProjection(Trial t) {
        t.alignColumns();
        int batch = t.extent("B", 1, 2, 3, 5, 270);
        int length = t.extent("L", 1, 2, 3, 4, 5, 14, 28, 33, 65);
        int channels = t.extent("D", 4, 8, 16, 24, 32, 36, 64, 96, 128);
        int width = t.extent("W", 1, 2, 3, 4, 4, 4);
        int outputs = t.extent("P", 1, 5, 17, 18, 19, 35, 40);
        Tensor x = t.activationColumns(-2, 2, batch, length, channels);
        Tensor taps = t.uniform(-1, 1, channels, width);
        boolean biased = t.choose("biased", "biased", "without bias").equals("biased");
        Tensor bias = biased ? t.uniform(-1, 1, channels) : null;
        Tensor weight = t.uniform(-1, 1, outputs, channels);
        Tensor u = t.unwrittenActivations(batch, length, channels);
        Tensor projected = t.unwritten(batch, length, outputs);
        DType type = x.dtype();
        ConvProjection part = SeparateConvProjection.orFused(t.backend(), channels, width, outputs, type);
        part.forward(x, taps, bias, weight, u, projected);
        t.activation("u", u, width);
        t.result("projected", projected, (long) channels * width);
        Tensor du = t.activations(-1, 1, batch, length, channels);
        Tensor dProjected = t.uniform(-1, 1, batch, length, outputs);
        Tensor dx = t.unwrittenActivationColumns(batch, length, channels);
        Tensor dTaps = t.uniform(-1, 1, channels, width);
        Tensor dBias = biased ? t.uniform(-1, 1, channels) : null;
        Tensor dWeight = t.uniform(-1, 1, outputs, channels);
        part.backward(
                new ConvProjectionInputs(x, taps, bias, weight),
                du,
                dProjected,
                dx,
                new ConvProjectionGradients(dTaps, dBias, dWeight));
        t.activation("dx", dx, (long) width * outputs);
        t.sum("dTaps", dTaps, (long) batch * length * outputs);
        if (dBias != null) {
            t.sum("dBias", dBias, (long) batch * length * outputs);
        }
        t.sum("dWeight", dWeight, (long) batch * length * width);
    }
}
