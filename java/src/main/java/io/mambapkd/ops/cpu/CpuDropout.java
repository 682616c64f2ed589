package io.mambapkd.ops.cpu;

import io.mambapkd.ops.DropoutOps;
import io.mambapkd.tensor.Tensor;

/** To be written. */
final class CpuDropout implements DropoutOps {
    CpuDropout(CpuExecutor executor) {}

    @Override
    public void apply(float rate, long seed, int layer, Tensor step, Tensor x, Tensor y) {
        throw new UnsupportedOperationException();
    }
}
