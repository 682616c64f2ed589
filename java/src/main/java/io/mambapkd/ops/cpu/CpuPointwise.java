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
        int n = x.shape().last();
        float[] values = CpuMemory.floats(x);
        for (int r = 0; r < x.shape().rows(); r++) {
            for (int j = 0; j < n; j++) {
                values[CpuMemory.at(x) + r * x.rowStride() + j] += CpuMemory.floats(bias)[CpuMemory.at(bias) + j];
            }
        }
    }

    @Override
    public void biasGradient(Tensor dy, Tensor dBias) {
        int n = dy.shape().last();
        float[] values = CpuMemory.floats(dy);
        for (int r = 0; r < dy.shape().rows(); r++) {
            for (int j = 0; j < n; j++) {
                CpuMemory.floats(dBias)[CpuMemory.at(dBias) + j] += values[CpuMemory.at(dy) + r * dy.rowStride() + j];
            }
        }
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
