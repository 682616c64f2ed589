package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** What {@link io.mambapkd.ops.ActivationOps} refuses. */
public final class ActivationChecks {
    private ActivationChecks() {}

    public static void forward(Tensor x, Tensor y) {
        DType dtype = Checks.activationType("activation", "x", x);
        Checks.columnView("activation", "y", y, dtype, x.shape().toArray());
    }

    public static void backward(Tensor x, Tensor dy, Tensor dx) {
        DType dtype = Checks.activationType("activation_gradient", "x", x);
        int[] shape = x.shape().toArray();
        Checks.columnView("activation_gradient", "dy", dy, dtype, shape);
        Checks.columnView("activation_gradient", "dx", dx, dtype, shape);
    }

    public static void softmax(Tensor x, Tensor y) {
        int[] shape = x.shape().toArray();
        Checks.shape("softmax", "x", x, shape);
        Checks.shape("softmax", "y", y, shape);
    }

    public static void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
        int[] shape = y.shape().toArray();
        Checks.shape("softmax_gradient", "y", y, shape);
        Checks.shape("softmax_gradient", "dy", dy, shape);
        Checks.shape("softmax_gradient", "dx", dx, shape);
    }
}
