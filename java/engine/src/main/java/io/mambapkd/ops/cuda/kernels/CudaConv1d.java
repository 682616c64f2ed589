package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.ops.checks.Conv1dChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One pass in either direction for the width 4 of Mamba; any other width step by step, its gradients in passes of their own. */
final class CudaConv1d implements Conv1dOps {
    private static final String FAMILY = "causal_conv1d";
    private static final int BLOCK = 256;
    private static final int BLOCK_ELEMENTS = 1024;
    private static final int WINDOWED_WIDTH = 4;
    /** A thread that does fewer steps reads more steps of its neighbours than of its own. */
    private static final int LEAST_STEPS = 8;
    /** Threads that hide the latency of memory on any device. */
    private static final int ENOUGH_THREADS = 1 << 17;

    private static final int LEAST_ROWS_PER_THREAD = 4;

    private final CudaContext cuda;
    private final TypedKernel forwardWindowedSilu;
    private final TypedKernel forwardWindowedIdentity;
    private final TypedKernel forwardSilu;
    private final TypedKernel forwardIdentity;
    private final TypedKernel backwardWindowedSilu;
    private final TypedKernel backwardWindowedIdentity;
    private final TypedKernel valueGradientSilu;
    private final Kernel valueGradientIdentity;
    private final TypedKernel inputGradient;
    private final TypedKernel weightGradient;
    private final PartialRows partialRows;

    CudaConv1d(CudaContext cuda) {
        this.cuda = cuda;
        forwardWindowedSilu = TypedKernel.of(cuda, FAMILY, "causal_conv1d_forward_w4_silu");
        forwardWindowedIdentity = TypedKernel.of(cuda, FAMILY, "causal_conv1d_forward_w4_identity");
        forwardSilu = TypedKernel.of(cuda, FAMILY, "causal_conv1d_forward_silu");
        forwardIdentity = TypedKernel.of(cuda, FAMILY, "causal_conv1d_forward_identity");
        backwardWindowedSilu = TypedKernel.of(cuda, FAMILY, "causal_conv1d_backward_w4_silu");
        backwardWindowedIdentity = TypedKernel.of(cuda, FAMILY, "causal_conv1d_backward_w4_identity");
        valueGradientSilu = TypedKernel.of(cuda, FAMILY, "causal_conv1d_value_gradient_silu");
        valueGradientIdentity = cuda.kernel(FAMILY, "causal_conv1d_value_gradient_identity_bf16");
        inputGradient = TypedKernel.of(cuda, FAMILY, "causal_conv1d_input_gradient");
        weightGradient = TypedKernel.of(cuda, FAMILY, "causal_conv1d_weight_gradient");
        partialRows = new PartialRows(cuda);
    }

    @Override
    public void forward(Activation activation, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        Conv1dChecks.forward(activation, x, weight, bias, y);
        boolean silu = activation == Activation.SILU;
        int[] shape = x.shape().toArray();
        int width = weight.shape().last();
        boolean windowed = width == WINDOWED_WIDTH;
        int steps = steps(shape);
        TypedKernel kernel =
                windowed ? silu ? forwardWindowedSilu : forwardWindowedIdentity : silu ? forwardSilu : forwardIdentity;
        Tiles tiles = windowed
                ? Tiles.of(shape[0] * segments(shape, steps), shape[2], BLOCK)
                : Tiles.of(x.shape().rows(), shape[2], BLOCK_ELEMENTS);
        Launch launch =
                cuda.launch(kernel.of(x)).tensor(y).tensor(x).tensor(weight).tensor(bias);
        extents(launch, shape).int32(windowed ? steps : width);
        tiles.tileOf(launch).int32(x.rowStride()).grid(tiles.blocks());
    }

    @Override
    public void backward(
            Activation activation,
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            @Nullable Tensor dBias) {
        Conv1dChecks.backward(activation, x, weight, bias, dy, dx, dWeight, dBias);
        if (weight.shape().last() == WINDOWED_WIDTH) {
            backwardWindowed(activation, x, weight, bias, dy, dx, dWeight, dBias);
        } else {
            backwardStepByStep(activation, x, weight, bias, dy, dx, dWeight, dBias);
        }
    }

    private void backwardWindowed(
            Activation activation,
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            @Nullable Tensor dBias) {
        int[] shape = x.shape().toArray();
        int steps = steps(shape);
        Strands strands = Strands.ofPartialRows((long) shape[0] * segments(shape, steps), shape[2], 1);
        PartialRows.Rows partials = partialRows.rows(strands.chunks(), partialWidth(dWeight, dBias));
        Launch launch = cuda.launch(
                        (activation == Activation.SILU ? backwardWindowedSilu : backwardWindowedIdentity).of(x))
                .tensor(dx)
                .address(partials.address())
                .tensor(x)
                .tensor(dy)
                .tensor(weight)
                .tensor(bias);
        extents(launch, shape)
                .int32(steps)
                .int32(strands.chunkRows())
                .int32(strands.lanes())
                .int32(dx.rowStride())
                .int32(x.rowStride())
                .grid(strands.blocks());
        partialRows.add(partials, dWeight, dBias);
    }

    private void backwardStepByStep(
            Activation activation,
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            @Nullable Tensor dBias) {
        int[] shape = x.shape().toArray();
        int width = weight.shape().last();
        Strands strands = Strands.ofPartialRows(x.shape().rows(), shape[2], LEAST_ROWS_PER_THREAD);
        boolean silu = activation == Activation.SILU;
        // Without activation the gradient of its argument is that of its value; but the kernels that take it want
        // floats.
        boolean passedOn = !silu && dy.dtype() == DType.F32;
        PartialRows.Rows partials = partialRows.rows(
                strands.chunks(),
                partialWidth(dWeight, dBias),
                passedOn ? 0 : x.shape().elements() * Float.BYTES);
        long values = partials.behind();
        Tiles tiles = Tiles.of(x.shape().rows(), shape[2], BLOCK_ELEMENTS);
        if (!passedOn) {
            Launch launch = cuda.launch(silu ? valueGradientSilu.of(x) : valueGradientIdentity)
                    .address(values)
                    .tensor(x)
                    .tensor(dy)
                    .tensor(weight)
                    .tensor(bias);
            extents(launch, shape).int32(width);
            tiles.tileOf(launch).int32(x.rowStride()).grid(tiles.blocks());
        }
        UnaryOperator<Launch> upstream = passedOn ? launch -> launch.tensor(dy) : launch -> launch.address(values);
        Launch input =
                upstream.apply(cuda.launch(inputGradient.of(x)).tensor(dx)).tensor(weight);
        extents(input, shape).int32(width);
        tiles.tileOf(input).int32(dx.rowStride()).grid(tiles.blocks());
        Launch weights = upstream.apply(
                cuda.launch(weightGradient.of(x)).address(partials.address()).tensor(x));
        extents(weights, shape)
                .int32(width)
                .int32(dBias == null ? 0 : 1)
                .int32(strands.chunkRows())
                .int32(strands.lanes())
                .int32(x.rowStride())
                .grid(strands.blocks());
        partialRows.add(partials, dWeight, dBias);
    }

    private static long partialWidth(Tensor dWeight, @Nullable Tensor dBias) {
        return dWeight.shape().elements() + (dBias == null ? 0 : dBias.shape().elements());
    }

    private static Launch extents(Launch launch, int[] shape) {
        return launch.int32(shape[0]).int32(shape[1]).int32(shape[2]);
    }

    /** Steps for a thread: the whole sequence if there are channels and samples enough for threads. */
    private static int steps(int[] shape) {
        long wanted = Grids.blocks(ENOUGH_THREADS, (long) shape[0] * shape[2]);
        return Math.max(LEAST_STEPS, Grids.blocks(shape[1], wanted));
    }

    private static int segments(int[] shape, int steps) {
        return Grids.blocks(shape[1], steps);
    }
}
