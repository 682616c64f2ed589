package io.mambapkd.ops.cpu;

import io.mambapkd.ops.NormOps;
import io.mambapkd.tensor.Tensor;

/** To be written. */
final class CpuNorm implements NormOps {
    CpuNorm(CpuExecutor executor) {}

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void rmsNormGradient(Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx, Tensor dWeight) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void layerNormGradient(
            Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx, Tensor dWeight, Tensor dBias) {
        throw new UnsupportedOperationException();
    }
}
