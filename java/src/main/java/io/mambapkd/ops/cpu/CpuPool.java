package io.mambapkd.ops.cpu;

import io.mambapkd.ops.PoolOps;
import io.mambapkd.tensor.Tensor;

/** To be written. */
final class CpuPool implements PoolOps {
    CpuPool(CpuExecutor executor) {}

    @Override
    public void maxPool2x2(Tensor x, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void maxPool2x2Gradient(Tensor x, Tensor dy, Tensor dx) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void globalAveragePool(Tensor x, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void globalAveragePoolGradient(Tensor dy, Tensor dx) {
        throw new UnsupportedOperationException();
    }
}
