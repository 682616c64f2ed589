package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps.NormProjection;
import io.mambapkd.ops.BlockOps.Projection;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.kernels.PartialRows;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.DType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Projections whose weight is small enough for the shared memory of a block, and its gradient for its registers. */
final class CudaProjections {
    /** Elements of a weight in BF16: tensor cores, which these kernels do not use, are faster with more. */
    private static final int MOST_NARROW_ELEMENTS = 96 * 48;

    private static final int MOST_INPUTS = 128;

    private final CudaContext cuda;
    private final PartialRows partialRows;
    /** Null on a device that gives a block too little shared memory. */
    private final @Nullable Kernels kernels;

    CudaProjections(CudaContext cuda) {
        this.cuda = cuda;
        partialRows = new PartialRows(cuda);
        kernels = cuda.sharedLimit() >= SkinnyGradient.MOST_SHARED_BYTES ? Kernels.in(cuda) : null;
    }

    private record Kernels(
            TypedKernel normForward, TypedKernel normBackward, TypedKernel forward, TypedKernel backward) {
        static Kernels in(CudaContext cuda) {
            return new Kernels(
                    TypedKernel.of(cuda, "norm_projection", "norm_projection_forward"),
                    TypedKernel.of(cuda, "norm_projection_gradient", "norm_projection_backward"),
                    TypedKernel.of(cuda, "projection", "projection_forward"),
                    TypedKernel.of(cuda, "projection_gradient", "projection_backward"));
        }
    }

    Optional<NormProjection> norm(int width, int outputs, DType activations) {
        if (kernels == null || !takes(width, outputs, activations)) {
            return Optional.empty();
        }
        Kernel forward = of(kernels.normForward, activations);
        Kernel backward = of(kernels.normBackward, activations);
        return Optional.of(new CudaNormProjection(cuda, partialRows, forward, backward, width, outputs, activations));
    }

    Optional<Projection> plain(int inputs, int outputs, DType activations) {
        if (kernels == null || !takes(inputs, outputs, activations)) {
            return Optional.empty();
        }
        Kernel forward = of(kernels.forward, activations);
        Kernel backward = of(kernels.backward, activations);
        return Optional.of(new CudaProjection(cuda, partialRows, forward, backward, inputs, outputs, activations));
    }

    private static Kernel of(TypedKernel kernel, DType activations) {
        return activations == DType.BF16 ? kernel.bfloat16() : kernel.float32();
    }

    /** Whole quads, as all rows are read by four elements, and a weight whose arithmetic takes less than the memory that the separate operations move besides. */
    private static boolean takes(int inputs, int outputs, DType activations) {
        int units = inputs / 4 * ((outputs / 4 + 1) / 2);
        return inputs % 4 == 0
                && outputs % 4 == 0
                && inputs <= MOST_INPUTS
                && outputs <= SkinnyGradient.MOST_OUTPUTS
                && units <= SkinnyGradient.MOST_UNITS
                && (activations == DType.F32 || inputs * outputs <= MOST_NARROW_ELEMENTS);
    }
}
