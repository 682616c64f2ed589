package io.mambapkd.ops.cpu;

import io.mambapkd.ops.PatchOps;
import io.mambapkd.tensor.Tensor;

/** To be written. */
final class CpuPatch implements PatchOps {
    CpuPatch(CpuExecutor executor) {}

    @Override
    public void tokens(Cut cut, int size, Tensor images, Tensor tokens) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void tokensGradient(Cut cut, int size, Tensor dTokens, Tensor dImages) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void addPosition(Tensor x, Tensor position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void positionGradient(Tensor dx, Tensor dPosition) {
        throw new UnsupportedOperationException();
    }
}
