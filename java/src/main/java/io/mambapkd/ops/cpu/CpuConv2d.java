package io.mambapkd.ops.cpu;

import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** To be written. */
final class CpuConv2d implements Conv2dOps {
    CpuConv2d(CpuExecutor executor, Blas blas) {}

    @Override
    public void forward(Options options, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void backwardData(Options options, Tensor weight, Tensor dy, Tensor dx) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void backwardWeights(Options options, Tensor x, Tensor dy, Tensor dWeight, @Nullable Tensor dBias) {
        throw new UnsupportedOperationException();
    }
}
