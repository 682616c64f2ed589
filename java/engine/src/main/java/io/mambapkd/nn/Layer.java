package io.mambapkd.nn;

import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A part of a model. {@link #allocate} plans everything before the first step; {@link #forward} and {@link #backward} neither allocate
 * nor synchronise nor read anything back to the host. The public methods check shapes, the protected ones compute.
 */
public abstract class Layer {
    private @Nullable Shape input;
    private @Nullable Shape output;

    /** Declares parameters, plans saved activations, and tells the output's shape. Called once. */
    public final Shape allocate(LayerPlan plan, Shape inputShape) {
        if (input != null) {
            throw new IllegalStateException(this + " was allocated twice");
        }
        input = inputShape;
        output = plan(plan, inputShape);
        return output;
    }

    /** Overwrites {@code y}. */
    public final void forward(Tensor x, Tensor y, Mode mode) {
        check("forward", "input", x, input);
        check("forward", "output", y, output);
        compute(x, y, mode);
    }

    /**
     * Overwrites {@code dx} and adds the gradients of the parameters. Follows the forward pass, in {@link Mode#TRAINING}, on the same tensors.
     *
     * @param x input of the forward pass, unchanged since
     * @param y output of the forward pass, unchanged since
     * @param dy gradient of the output
     * @param dx gradient of the input, or null where nobody needs it
     */
    public final void backward(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        check("backward", "input", x, input);
        check("backward", "output gradient", dy, output);
        if (dx != null) {
            check("backward", "input gradient", dx, input);
        }
        differentiate(x, y, dy, dx);
    }

    /** Whether {@link #backward} may be given one tensor for both gradients, and a second would only cost memory. */
    public boolean differentiatesInPlace() {
        return false;
    }

    protected abstract Shape plan(LayerPlan plan, Shape inputShape);

    protected abstract void compute(Tensor x, Tensor y, Mode mode);

    protected abstract void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx);

    private void check(String pass, String role, Tensor tensor, @Nullable Shape expected) {
        if (expected == null) {
            throw new IllegalStateException(this + ": " + pass + " before allocate");
        }
        if (!tensor.shape().equals(expected)) {
            throw new IllegalArgumentException(
                    this + ": the " + role + " must have shape " + expected + " but is " + tensor);
        }
    }

    @Override
    public String toString() {
        return getClass().getSimpleName();
    }
}
