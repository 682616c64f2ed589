package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps.ConvProjection;
import io.mambapkd.ops.BlockOps.ConvProjectionGradients;
import io.mambapkd.ops.BlockOps.ConvProjectionInputs;
import io.mambapkd.ops.checks.ConvProjectionChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.kernels.Grids;
import io.mambapkd.ops.cuda.kernels.PartialRows;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Launches of {@code conv_projection.cu} and {@code conv_projection_gradient.cu}. */
final class CudaConvProjection {
    private static final int AT_ONCE = 4;

    private final CudaContext cuda;
    private final TypedKernel forward;
    private final TypedKernel backward;
    private final PartialRows partialRows;

    private CudaConvProjection(CudaContext cuda) {
        this.cuda = cuda;
        forward = TypedKernel.of(cuda, "conv_projection", "conv_projection_forward");
        backward = TypedKernel.of(cuda, "conv_projection_gradient", "conv_projection_backward");
        partialRows = new PartialRows(cuda);
    }

    /** Empty for a device that gives a block too little shared memory, for which there is no PTX either. */
    static Optional<CudaConvProjection> in(CudaContext cuda) {
        return cuda.sharedLimit() >= ConvProjectionShape.MOST_SHARED_BYTES
                ? Optional.of(new CudaConvProjection(cuda))
                : Optional.empty();
    }

    /** The part for those extents; empty if the kernels do not take them. */
    Optional<ConvProjection> of(int channels, int taps, int outputs, DType activations) {
        ConvProjectionShape shape = new ConvProjectionShape(channels, taps, outputs);
        return shape.isTaken() ? Optional.of(new Part(shape, activations)) : Optional.empty();
    }

    private final class Part implements ConvProjection {
        private final ConvProjectionShape shape;
        private final DType activations;
        /** Bytes that an access to four neighbours takes. */
        private final int alignment;

        private Part(ConvProjectionShape shape, DType activations) {
            this.shape = shape;
            this.activations = activations;
            alignment = AT_ONCE * activations.bytes();
        }

        @Override
        public void forward(Tensor x, Tensor taps, @Nullable Tensor bias, Tensor weight, Tensor u, Tensor projected) {
            ConvProjectionChecks.forward(
                    new ConvProjectionInputs(x, taps, bias, weight),
                    shape.channels(),
                    shape.taps(),
                    shape.outputs(),
                    activations,
                    u,
                    projected);
            int[] extents = x.shape().toArray();
            int rows = Math.multiplyExact(extents[0], extents[1]);
            int tileRows = shape.forwardTile(rows);
            cuda.launch(forward.of(x))
                    .tensor(u, alignment)
                    .tensor(projected, AT_ONCE * Float.BYTES)
                    .tensor(x, alignment)
                    .tensor(taps)
                    .tensor(bias)
                    .tensor(weight, AT_ONCE * Float.BYTES)
                    .int32(rows)
                    .int32(extents[1])
                    .int32(shape.channels())
                    .int32(shape.taps())
                    .int32(shape.outputs())
                    .int32(tileRows)
                    .int32(x.rowStride())
                    .sharedBytes(shape.forwardSharedBytes(tileRows))
                    .grid(ConvProjectionShape.forwardBlocks(rows, tileRows));
        }

        @Override
        public void backward(
                ConvProjectionInputs inputs,
                Tensor du,
                Tensor dProjected,
                Tensor dx,
                ConvProjectionGradients gradients) {
            ConvProjectionChecks.backward(
                    inputs,
                    shape.channels(),
                    shape.taps(),
                    shape.outputs(),
                    activations,
                    du,
                    dProjected,
                    dx,
                    gradients);
            int[] extents = inputs.x().shape().toArray();
            Math.multiplyExact(extents[0], extents[1]);
            int samples = ConvProjectionShape.blockSamples(extents[0]);
            int tileRows = shape.backwardTile(samples * extents[1]);
            int blocks = Grids.blocks(extents[0], samples);
            PartialRows.Rows rows = partialRows.rows(blocks, width(gradients));
            cuda.launch(backward.of(inputs.x()))
                    .tensor(dx, alignment)
                    .address(rows.address())
                    .tensor(inputs.x(), alignment)
                    .tensor(du, alignment)
                    .tensor(dProjected)
                    .tensor(inputs.taps())
                    .tensor(inputs.bias())
                    .tensor(inputs.weight(), AT_ONCE * Float.BYTES)
                    .int32(extents[0])
                    .int32(extents[1])
                    .int32(shape.channels())
                    .int32(shape.taps())
                    .int32(shape.outputs())
                    .int32(samples)
                    .int32(tileRows)
                    .int32(dx.rowStride())
                    .int32(inputs.x().rowStride())
                    .sharedBytes(shape.backwardSharedBytes(tileRows))
                    .grid(blocks);
            partialRows.add(rows, gradients.dTaps(), gradients.dBias(), gradients.dWeight());
        }
    }

    private static int width(ConvProjectionGradients gradients) {
        long width = gradients.dTaps().shape().elements()
                + gradients.dWeight().shape().elements();
        Tensor dBias = gradients.dBias();
        return Math.toIntExact(dBias == null ? width : width + dBias.shape().elements());
    }
}
