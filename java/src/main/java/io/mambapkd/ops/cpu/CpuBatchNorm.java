package io.mambapkd.ops.cpu;

import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.tensor.Tensor;

/** To be written. */
final class CpuBatchNorm implements BatchNormOps {
    CpuBatchNorm(CpuExecutor executor) {}

    @Override
    public void forwardTraining(
            Options options, Tensor x, Channels channels, Tensor batchMean, Tensor batchVariance, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void forwardInference(Options options, Tensor x, Channels channels, Tensor y) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void backwardTraining(
            Options options,
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor batchMean,
            Tensor batchVariance,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            Tensor dBias) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void backwardInference(
            Options options,
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            Tensor dBias) {
        throw new UnsupportedOperationException();
    }
}
