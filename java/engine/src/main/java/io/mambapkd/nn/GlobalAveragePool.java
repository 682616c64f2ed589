package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.PoolOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Mean over the image: (B, H, W, C) to (B, C). */
public final class GlobalAveragePool extends Layer {
    private @Nullable PoolOps ops;

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        ops = plan.backend().pool();
        return Shape.of(inputShape.extent(0), inputShape.last());
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        requireNonNull(ops).globalAveragePool(x, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        if (dx != null) {
            requireNonNull(ops).globalAveragePoolGradient(dy, dx);
        }
    }
}
