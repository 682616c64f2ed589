package io.mambapkd.ops.cpu;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ActivationOps;
import io.mambapkd.tensor.Tensor;

/** To be written. */
final class CpuActivation implements ActivationOps {
    CpuActivation(CpuExecutor executor) {}

    @Override
    public void forward(Activation activation, Tensor x, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void backward(Activation activation, Tensor x, Tensor dy, Tensor dx) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void softmax(Tensor x, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
        throw new UnsupportedOperationException();
    }
}
