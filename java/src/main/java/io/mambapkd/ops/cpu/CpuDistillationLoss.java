package io.mambapkd.ops.cpu;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** To be written. */
final class CpuDistillationLoss implements DistillationLossOps {
    CpuDistillationLoss(CpuExecutor executor) {}

    @Override
    public void lossAndGradient(
            Options options, Inputs inputs, Tensor dStudent, @Nullable Tensor combined, Tensor statistics) {
        throw new UnsupportedOperationException();
    }
}
