package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.tensor.DType;
import java.util.Optional;

/** The parts of a Mamba block that are one kernel. */
final class CudaBlock implements BlockOps {
    private final Optional<CudaConvProjection> convProjection;

    CudaBlock(CudaContext cuda) {
        convProjection = CudaConvProjection.in(cuda);
    }

    @Override
    public Optional<ConvProjection> convProjection(int channels, int taps, int outputs, DType activations) {
        return convProjection.flatMap(kernels -> kernels.of(channels, taps, outputs, activations));
    }
}
