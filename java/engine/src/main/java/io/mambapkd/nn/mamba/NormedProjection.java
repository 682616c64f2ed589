package io.mambapkd.nn.mamba;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.RmsNorm;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A projection of normalised rows: one pass over memory where the backend has a part for it, else the norm and then the product. */
final class NormedProjection {
    private final RmsNorm norm;
    private final Projection projection;
    private final BlockOps.@Nullable NormProjection fused;
    /** The result of the norm, and its gradient; null where they are never in memory. */
    private final @Nullable Tensor normalised;

    private final @Nullable Tensor dNormalised;

    /** @param norm allocated for rows of {@code input} */
    NormedProjection(LayerPlan plan, RmsNorm norm, Projection projection, Shape input) {
        this.norm = norm;
        this.projection = projection;
        fused = plan.backend()
                .block()
                .normProjection(
                        projection.inputs(),
                        projection.outputs(),
                        plan.precision().activations())
                .orElse(null);
        normalised = fused == null ? plan.activation("normalised", input) : null;
        dNormalised = fused == null ? plan.activation("d normalised", input) : null;
        if (fused == null) {
            projection.multipliesActivations();
        }
    }

    void forward(Tensor x, Tensor y, Mode mode) {
        if (fused != null) {
            fused.forward(
                    x,
                    norm.scale().value(),
                    RmsNorm.EPSILON,
                    projection.weight().value(),
                    projection.bias(),
                    y);
            return;
        }
        Tensor h = requireNonNull(normalised);
        norm.forward(x, h, mode);
        projection.forward(h, y);
    }

    /** {@code dx} = {@code residual} + the gradient of x. */
    void backward(Tensor x, Tensor dy, Tensor residual, Tensor dx) {
        if (fused != null) {
            BlockOps.NormProjectionInputs inputs = new BlockOps.NormProjectionInputs(
                    x,
                    norm.scale().value(),
                    RmsNorm.EPSILON,
                    projection.weight().value());
            fused.backward(
                    inputs,
                    dy,
                    residual,
                    dx,
                    norm.scale().gradient(),
                    projection.weight().gradient(),
                    projection.dBias());
            return;
        }
        Tensor dh = requireNonNull(dNormalised);
        projection.parameterGradients(requireNonNull(normalised), dy);
        projection.inputGradient(dy, Write.OVERWRITE, dh);
        norm.backwardWithResidual(x, dh, residual, dx);
    }
}
