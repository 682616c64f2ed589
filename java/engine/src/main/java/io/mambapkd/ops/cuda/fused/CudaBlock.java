package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.tensor.DType;
import java.util.Optional;

/** The parts of a Mamba block that are one kernel. */
final class CudaBlock implements BlockOps {
    private final CudaProjections projections;
    private final Optional<CudaConvProjection> convProjection;
    private final Optional<MixingKernels> mixing;

    CudaBlock(CudaContext cuda) {
        projections = new CudaProjections(cuda);
        convProjection = CudaConvProjection.in(cuda);
        mixing = MixingKernels.of(cuda);
    }

    @Override
    public Optional<NormProjection> normProjection(int width, int outputs, DType activations) {
        return projections.norm(width, outputs, activations);
    }

    @Override
    public Optional<Projection> projection(int inputs, int outputs, DType activations) {
        return projections.plain(inputs, outputs, activations);
    }

    @Override
    public Optional<ConvProjection> convProjection(int channels, int taps, int outputs, DType activations) {
        return convProjection.flatMap(kernels -> kernels.of(channels, taps, outputs, activations));
    }

    @Override
    public Optional<Mixing> mixing(int length, int channels, int states, int rank, DType activations) {
        return mixing.flatMap(kernels -> kernels.mixing(length, channels, states, rank, activations));
    }
}
