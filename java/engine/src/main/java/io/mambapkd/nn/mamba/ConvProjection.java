package io.mambapkd.nn.mamba;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The short convolution with SiLU, and a projection of its output to F32. One pass over memory where the backend has a part for it. */
final class ConvProjection {
    private final CausalConv conv;
    private final Projection projection;
    private final BlockOps.@Nullable ConvProjection fused;
    /** The gradient of the projection's output as a factor of products; null where none is made. */
    private final @Nullable Factor dOutput;

    /** @param output (B, L, P), of the projection */
    ConvProjection(LayerPlan plan, CausalConv conv, Projection projection, Shape output) {
        this.conv = conv;
        this.projection = projection;
        fused = plan.backend()
                .block()
                .convProjection(
                        projection.inputs(),
                        conv.width(),
                        projection.outputs(),
                        plan.precision().activations())
                .orElse(null);
        dOutput = fused == null ? Factor.plan(plan, "d x_dbl factor", output.toArray()) : null;
        if (fused == null) {
            projection.multipliesActivations();
        }
    }

    /** Overwrites {@code u} (B, L, D) and {@code projected} (B, L, P). */
    void forward(Tensor x, Tensor u, Tensor projected) {
        if (fused != null) {
            fused.forward(x, conv.taps(), conv.bias(), projection.weight().value(), u, projected);
            return;
        }
        conv.forward(x, u);
        projection.forward(u, projected);
    }

    /**
     * Overwrites {@code dx} and adds the gradients of the weights.
     *
     * @param du gradient of u without the part that comes through the projection; may be overwritten
     */
    void backward(Tensor x, Tensor u, Tensor du, Tensor dProjected, Tensor dx) {
        if (fused != null) {
            fused.backward(
                    new BlockOps.ConvProjectionInputs(
                            x, conv.taps(), conv.bias(), projection.weight().value()),
                    du,
                    dProjected,
                    dx,
                    new BlockOps.ConvProjectionGradients(
                            conv.dTaps(), conv.dBias(), projection.weight().gradient()));
            return;
        }
        Tensor factor = requireNonNull(dOutput).of(dProjected);
        projection.parameterGradients(u, factor);
        projection.inputGradient(factor, Write.ADD, du);
        conv.backward(x, du, dx);
    }
}
