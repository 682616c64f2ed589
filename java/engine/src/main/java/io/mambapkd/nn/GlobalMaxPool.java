package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.PoolOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Maximum over the whole image: (B, H, W, C) to (B, 1, 1, C). */
public final class GlobalMaxPool extends Layer {
    private @Nullable PoolOps ops;
    private PoolOps.@Nullable Windows windows;

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        ops = plan.backend().pool();
        int[] in = inputShape.toArray();
        windows = new PoolOps.Windows(in[1], in[2]);
        return Shape.of(in[0], 1, 1, in[3]);
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        requireNonNull(ops).maxPool(requireNonNull(windows), x, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        if (dx != null) {
            requireNonNull(ops).maxPoolGradient(requireNonNull(windows), x, dy, dx);
        }
    }
}
