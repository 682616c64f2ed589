package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** What {@link ActivationOps} refuses. */
public final class ActivationChecks {
    private ActivationChecks() {}

    public static void forward(Tensor x, Tensor y) {
        int[] shape = x.shape().toArray();
        Checks.columnView("activation", "x", x, shape);
        Checks.columnView("activation", "y", y, shape);
    }

    public static void backward(Tensor x, Tensor dy, Tensor dx) {
        int[] shape = x.shape().toArray();
        Checks.columnView("activation_gradient", "x", x, shape);
        Checks.columnView("activation_gradient", "dy", dy, shape);
        Checks.columnView("activation_gradient", "dx", dx, shape);
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
