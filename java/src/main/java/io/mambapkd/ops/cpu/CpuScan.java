package io.mambapkd.ops.cpu;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** To be written. */
final class CpuScan implements ScanOps {
    CpuScan(CpuExecutor executor) {}

    @Override
    public void forward(Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void backward(Options options, Inputs inputs, Tensor dy, Gradients gradients) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void decay(Tensor aLog, Tensor a) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void decayGradient(Tensor a, Tensor dA, Tensor dALog) {
        throw new UnsupportedOperationException();
    }
}
