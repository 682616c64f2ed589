package io.mambapkd.ops.cpu;

import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Tensor;

/** To be written. */
final class CpuOptimizer implements OptimizerOps {
    CpuOptimizer(CpuExecutor executor) {}

    @Override
    public void adamW(AdamW options, Tensor schedule, Tensor parameters, Tensor gradients, Tensor m, Tensor v) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void sgd(Sgd options, Tensor schedule, Tensor parameters, Tensor gradients, Tensor buffer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void clipByGlobalNorm(double maximum, Tensor gradients, Tensor norm) {
        throw new UnsupportedOperationException();
    }
}
