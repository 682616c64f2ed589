package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.tensor.DType;
import java.util.Optional;

/** The parts of a Mamba block that are one kernel. */
final class CudaBlock implements BlockOps {
    private final Optional<MixingKernels> mixing;

    CudaBlock(CudaContext cuda) {
        mixing = MixingKernels.of(cuda);
    }

    @Override
    public Optional<Mixing> mixing(int length, int channels, int states, int rank, DType activations) {
        return mixing.flatMap(kernels -> kernels.mixing(length, channels, states, rank, activations));
    }
}
