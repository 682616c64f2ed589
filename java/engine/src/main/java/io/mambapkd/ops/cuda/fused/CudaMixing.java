package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps.Mixing;
import io.mambapkd.ops.BlockOps.MixingGradients;
import io.mambapkd.ops.BlockOps.MixingInputs;
import io.mambapkd.ops.Checks;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.ops.checks.MixingChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.kernels.PartialRows;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Launches of {@code mixing.cu} and {@code mixing_gradient.cu} for the extents of one layer. */
final class CudaMixing implements Mixing {
    private static final String NAME = "mixing";
    private static final int VECTOR_BYTES = 16;

    private final CudaContext cuda;
    private final TypedKernel forward;
    private final TypedKernel backward;
    private final MixingBackwardShape shape;
    private final PartialRows partials;

    CudaMixing(CudaContext cuda, TypedKernel forward, TypedKernel backward, MixingBackwardShape shape) {
        this.cuda = cuda;
        this.forward = forward;
        this.backward = backward;
        this.shape = shape;
        partials = new PartialRows(cuda);
    }

    @Override
    public void forward(Direction direction, MixingInputs inputs, Tensor y, @Nullable Tensor states) {
        MixingChecks.forward(inputs, y, states);
        extents(inputs);
        near(inputs.z());
        int batch = inputs.u().shape().extent(0);
        MixingForwardShape forwardShape =
                new MixingForwardShape(batch, shape.length(), shape.channels(), shape.states(), shape.rank());
        boolean aligned = forwardShape.vectors() && cuda.address(inputs.projected()) % VECTOR_BYTES == 0;
        Launch launch = cuda.launch(forward.of(inputs.u())).tensor(y).tensor(states);
        inputs(launch, inputs)
                .int32(batch)
                .int32(shape.length())
                .int32(shape.channels())
                .int32(shape.states())
                .int32(shape.rank())
                .int32(forwardShape.slots())
                .int32(forwardShape.threads())
                .int32(sign(direction))
                .int32(aligned ? 1 : 0)
                .int32(sign(direction) * inputs.z().rowStride())
                .sharedBytes(forwardShape.sharedBytes())
                .grid(forwardShape.sampleBlocks(), forwardShape.chunks());
    }

    @Override
    public void backward(
            Direction direction, MixingInputs inputs, Tensor dy, @Nullable Tensor states, MixingGradients gradients) {
        MixingChecks.backward(inputs, dy, states, gradients);
        extents(inputs);
        near(inputs.z());
        near(gradients.dZ());
        int batch = inputs.u().shape().extent(0);
        int blocks = shape.blocks(batch);
        int saved = ScanOps.savedStates(shape.length());
        boolean recompute = states == null && saved > 0;
        long savedBytes = recompute ? (long) Float.BYTES * batch * saved * shape.channels() * shape.states() : 0;
        PartialRows.Rows rows = partials.rows(blocks * shape.slots(), shape.partialFloats(), savedBytes);
        Launch launch = cuda.launch(backward.of(inputs.u()))
                .tensor(gradients.du(), together(gradients.du()))
                .tensor(gradients.dProjected())
                .tensor(gradients.dZ(), together(gradients.dZ()))
                .address(rows.address());
        if (recompute) {
            launch.address(rows.behind());
        } else {
            launch.tensor(states);
        }
        inputs(launch, inputs)
                .tensor(dy, together(dy))
                .int32(batch)
                .int32(shape.length())
                .int32(shape.channels())
                .int32(shape.states())
                .int32(shape.rank())
                .int32(shape.warps())
                .int32(shape.chunks())
                .int32(sign(direction))
                .int32(recompute ? 1 : 0)
                .int32(inputs.z().rowStride())
                .int32(gradients.dZ().rowStride())
                .sharedBytes(shape.sharedBytes())
                .grid(blocks);
        partials.addDecay(
                rows, gradients.dALog(), inputs.aLog(), gradients.dSkip(), gradients.dDtBias(), gradients.dDtWeight());
    }

    /** The pointers of both kernels from u to z. */
    private Launch inputs(Launch launch, MixingInputs inputs) {
        return launch.tensor(inputs.u(), together(inputs.u()))
                .tensor(inputs.projected())
                .tensor(inputs.dtWeight(), VECTOR_BYTES)
                .tensor(inputs.dtBias(), VECTOR_BYTES / 2)
                .tensor(inputs.aLog(), VECTOR_BYTES / 2)
                .tensor(inputs.skip(), VECTOR_BYTES / 2)
                .tensor(inputs.z(), together(inputs.z()));
    }

    /** Bytes of the channels that a lane reads or writes at once. */
    private int together(Tensor activation) {
        return MixingKernels.channelsTogether(shape.states())
                * activation.dtype().bytes();
    }

    private void extents(MixingInputs inputs) {
        int[] u = inputs.u().shape().toArray();
        Checks.that(
                u[1] == shape.length()
                        && u[2] == shape.channels()
                        && inputs.aLog().shape().last() == shape.states()
                        && inputs.dtWeight().shape().last() == shape.rank(),
                NAME,
                "asked for with L " + shape.length() + ", D " + shape.channels() + ", N " + shape.states() + " and R "
                        + shape.rank() + ", but u is " + inputs.u() + ", aLog " + inputs.aLog() + " and dtWeight "
                        + inputs.dtWeight());
        long states = (long) u[0] * ScanOps.savedStates(u[1]) * u[2] * shape.states();
        Checks.that(
                inputs.u().shape().elements() <= Integer.MAX_VALUE
                        && inputs.projected().shape().elements() <= Integer.MAX_VALUE
                        && states <= Integer.MAX_VALUE,
                NAME,
                "u " + inputs.u() + ", projected " + inputs.projected()
                        + " and the states must have fewer than 2^31 elements; take a smaller batch");
    }

    /** Refuses a column view whose rows do not start at whole groups of channels, or lie too far apart. */
    private void near(Tensor view) {
        long rows = view.shape().elements() / view.shape().last();
        int channels = MixingKernels.channelsTogether(shape.states());
        Checks.that(
                view.rowStride() % channels == 0 && rows * view.rowStride() <= Integer.MAX_VALUE,
                NAME,
                "rows of " + view + " must be a multiple of " + channels
                        + " elements apart and end before element 2^31 of the tensor, got " + rows
                        + " rows with a stride of " + view.rowStride());
    }

    private static int sign(Direction direction) {
        return direction == Direction.FORWARD ? 1 : -1;
    }
}
