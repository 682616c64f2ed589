package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Root mean square normalisation over the last axis. Parameter {@code weight} (M), 1 at the start. */
public final class RmsNorm extends Layer {
    /** Added to the mean of the squares. */
    public static final float EPSILON = 1e-5f;

    private @Nullable Backend backend;
    private @Nullable Parameter weight;

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        backend = plan.backend();
        weight = plan.parameter("weight", Decay.NO, Initializer.constant(1f), inputShape.last());
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        requireNonNull(backend).norm().rmsNorm(x, requireNonNull(weight).value(), EPSILON, y);
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        gradient(x, dy, null, requireNonNull(dx));
    }

    /** The backward pass where a residual connection goes around the norm and what follows it: {@code dx} = {@code residual} + gradient of the norm. */
    public void backwardWithResidual(Tensor x, Tensor dy, Tensor residual, Tensor dx) {
        gradient(x, dy, residual, dx);
    }

    /** The learned weights. */
    public Parameter scale() {
        return requireNonNull(weight);
    }

    private void gradient(Tensor x, Tensor dy, @Nullable Tensor residual, Tensor dx) {
        Parameter scale = requireNonNull(weight);
        requireNonNull(backend).norm().rmsNormGradient(x, scale.value(), EPSILON, dy, residual, dx, scale.gradient());
    }
}
