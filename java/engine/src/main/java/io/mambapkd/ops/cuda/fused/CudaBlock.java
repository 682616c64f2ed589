package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.tensor.DType;
import java.util.Optional;

/** The parts of a Mamba block that are one kernel. */
final class CudaBlock implements BlockOps {
    private final CudaProjections projections;

    CudaBlock(CudaContext cuda) {
        projections = new CudaProjections(cuda);
    }

    @Override
    public Optional<NormProjection> normProjection(int width, int outputs, DType activations) {
        return projections.norm(width, outputs, activations);
    }

    @Override
    public Optional<Projection> projection(int inputs, int outputs, DType activations) {
        return projections.plain(inputs, outputs, activations);
    }
}
