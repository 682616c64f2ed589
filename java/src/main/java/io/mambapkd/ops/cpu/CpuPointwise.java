package io.mambapkd.ops.cpu;

import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.tensor.Tensor;

/** To be written. */
final class CpuPointwise implements PointwiseOps {
    CpuPointwise(CpuExecutor executor) {}

    @Override
    public void add(Tensor x, Tensor y, Tensor sum) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void biasGradient(Tensor dy, Tensor dBias) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void meanOverTokens(Tensor x, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void meanOverTokensGradient(Tensor dy, Tensor dx) {
        throw new UnsupportedOperationException();
    }
}
