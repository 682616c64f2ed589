package io.mambapkd.nn.mamba;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The projection at the end of a residual branch: its output, in F32, is added to what goes around the branch. One pass over memory where the backend has a part for it. */
final class ResidualProjection {
    private final Backend backend;
    private final Projection projection;
    private final BlockOps.@Nullable Projection fused;
    /** The gradient of the output as a factor of products; null where none is made. */
    private final @Nullable Factor dOutput;

    /** @param output (B, L, M) */
    ResidualProjection(LayerPlan plan, Projection projection, Shape output) {
        backend = plan.backend();
        this.projection = projection;
        fused = backend.block()
                .projection(
                        projection.inputs(),
                        projection.outputs(),
                        plan.precision().activations())
                .orElse(null);
        dOutput = fused == null ? Factor.plan(plan, "d output", output.toArray()) : null;
        if (fused == null) {
            projection.multipliesActivations();
        }
    }

    /** @param residual added to the output; null for nothing */
    void forward(Tensor x, @Nullable Tensor residual, Tensor y) {
        if (fused != null) {
            fused.forward(x, projection.weight().value(), projection.bias(), residual, y);
            return;
        }
        projection.forward(x, y);
        if (residual != null) {
            backend.pointwise().add(y, residual, y);
        }
    }

    /** Overwrites {@code dx} and adds the gradients of the weights. */
    void backward(Tensor x, Tensor dy, Tensor dx) {
        if (fused != null) {
            fused.backward(
                    x, projection.weight().value(), dy, dx, projection.weight().gradient(), projection.dBias());
            return;
        }
        Tensor factor = requireNonNull(dOutput).of(dy);
        projection.parameterGradients(x, factor);
        projection.inputGradient(factor, Write.OVERWRITE, dx);
    }
}
