package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.PoolOps;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Maximum over 2x2 windows, stride 2; an odd last row or column is dropped. */
public final class MaxPool2x2 extends Layer {
    private @Nullable PoolOps ops;

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        ops = plan.backend().pool();
        int[] in = inputShape.toArray();
        if (in[1] < 2 || in[2] < 2) {
            throw new IllegalArgumentException("max pooling needs images of at least 2x2, got " + inputShape);
        }
        return Shape.of(in[0], in[1] / 2, in[2] / 2, in[3]);
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        requireNonNull(ops).maxPool2x2(x, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        if (dx != null) {
            requireNonNull(ops).maxPool2x2Gradient(x, dy, dx);
        }
    }
}
