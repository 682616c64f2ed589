package io.mambapkd.ops.cpu;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** To be written. */
final class CpuConv1d implements Conv1dOps {
    CpuConv1d(CpuExecutor executor) {}

    @Override
    public void forward(Activation activation, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void backward(
            Activation activation,
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            @Nullable Tensor dBias) {
        throw new UnsupportedOperationException();
    }
}
