package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.checks.BatchNormChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Launches of {@code batch_norm.cu} and {@code batch_norm_gradient.cu}: sums along the columns in chunks of rows, then over the chunks; a thread has one column. */
final class CudaBatchNorm implements BatchNormOps {
    private static final String FAMILY = "batch_norm";
    private static final String GRADIENT_FAMILY = "batch_norm_gradient";
    private static final int LEAST_ROWS_PER_THREAD = 4;
    private static final int MERGED_COLUMNS_PER_BLOCK = 32;
    /** Values of a column in a partial row, and corrections of a column. */
    private static final int SUMS = 2;

    private final CudaContext cuda;
    private final TypedKernel moments;
    private final Kernel statistics;
    private final Kernel gradientMerge;
    private final Directions identity;
    private final Directions relu;
    private final Directions gelu;
    private final Directions silu;

    /** The kernels that know the activation. */
    private record Directions(TypedKernel forward, TypedKernel gradientSums, TypedKernel backward) {
        static Directions of(CudaContext cuda, String activation) {
            return new Directions(
                    TypedKernel.of(cuda, FAMILY, "batch_norm_forward_" + activation),
                    TypedKernel.of(cuda, GRADIENT_FAMILY, "batch_norm_gradient_sums_" + activation),
                    TypedKernel.of(cuda, GRADIENT_FAMILY, "batch_norm_backward_" + activation));
        }
    }

    CudaBatchNorm(CudaContext cuda) {
        this.cuda = cuda;
        moments = TypedKernel.of(cuda, FAMILY, "batch_norm_moments");
        statistics = cuda.kernel(FAMILY, "batch_norm_statistics_f32");
        gradientMerge = cuda.kernel(GRADIENT_FAMILY, "batch_norm_gradient_merge_f32");
        identity = Directions.of(cuda, "identity");
        relu = Directions.of(cuda, "relu");
        gelu = Directions.of(cuda, "gelu");
        silu = Directions.of(cuda, "silu");
    }

    @Override
    public void forwardTraining(
            Options options, Tensor x, Channels channels, Tensor batchMean, Tensor batchVariance, Tensor y) {
        BatchNormChecks.forwardTraining(x, channels, batchMean, batchVariance, y);
        Strands strands = strands(x);
        long partials = cuda.scratch(partialBytes(strands));
        strandsOf(strands, cuda.launch(moments.of(x)).address(partials).tensor(x))
                .grid(strands.blocks());
        cuda.launch(statistics)
                .tensor(batchMean)
                .tensor(batchVariance)
                .tensor(channels.runningMean())
                .tensor(channels.runningVariance())
                .address(partials)
                .int32(x.shape().rows())
                .int32(strands.columns())
                .int32(strands.chunkRows())
                .float32(options.momentum())
                .grid(Grids.blocks(strands.columns(), MERGED_COLUMNS_PER_BLOCK));
        normalise(options, x, channels, batchMean, batchVariance, y);
    }

    @Override
    public void forwardInference(Options options, Tensor x, Channels channels, Tensor y) {
        BatchNormChecks.forwardInference(x, channels, y);
        normalise(options, x, channels, channels.runningMean(), channels.runningVariance(), y);
    }

    private void normalise(Options options, Tensor x, Channels channels, Tensor mean, Tensor variance, Tensor y) {
        Launch launch =
                cuda.launch(directions(options).forward().of(x)).tensor(y).tensor(x);
        columnsOf(options, strands(x), channels, mean, variance, launch);
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
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias) {
        BatchNormChecks.backwardTraining(x, y, channels, batchMean, batchVariance, dy, dx, dWeight, dBias);
        long corrections = parameterGradients(options, x, channels, batchMean, batchVariance, dy, dWeight, dBias);
        inputGradient(options, corrections, x, channels, batchMean, batchVariance, dy, dx);
    }

    @Override
    public void backwardInference(
            Options options,
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias) {
        BatchNormChecks.backwardInference(x, y, channels, dy, dx, dWeight, dBias);
        Tensor mean = channels.runningMean();
        Tensor variance = channels.runningVariance();
        if (dWeight != null || dBias != null) {
            parameterGradients(options, x, channels, mean, variance, dy, dWeight, dBias);
        }
        inputGradient(options, 0, x, channels, mean, variance, dy, dx);
    }

    /** Returns the address of what the statistics, as functions of the input, take off its gradient. */
    private long parameterGradients(
            Options options,
            Tensor x,
            Channels channels,
            Tensor mean,
            Tensor variance,
            Tensor dy,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias) {
        Strands strands = strands(x);
        long correctionBytes = (long) SUMS * strands.columns() * Float.BYTES;
        long corrections = cuda.scratch(correctionBytes + partialBytes(strands));
        long partials = corrections + correctionBytes;
        Launch launch = cuda.launch(directions(options).gradientSums().of(x))
                .address(partials)
                .tensor(x)
                .tensor(dy);
        columnsOf(options, strands, channels, mean, variance, launch);
        cuda.launch(gradientMerge)
                .tensor(dWeight)
                .tensor(dBias)
                .address(corrections)
                .address(partials)
                .int32(x.shape().rows())
                .int32(strands.columns())
                .int32(strands.chunks())
                .grid(Grids.blocks(strands.columns(), MERGED_COLUMNS_PER_BLOCK));
        return corrections;
    }

    private void inputGradient(
            Options options,
            long corrections,
            Tensor x,
            Channels channels,
            Tensor mean,
            Tensor variance,
            Tensor dy,
            Tensor dx) {
        Launch launch = cuda.launch(directions(options).backward().of(x))
                .tensor(dx)
                .address(corrections)
                .tensor(x)
                .tensor(dy);
        columnsOf(options, strands(x), channels, mean, variance, launch);
    }

    private Directions directions(Options options) {
        return switch (options.activation()) {
            case RELU -> relu;
            case GELU -> gelu;
            case SILU -> silu;
            default -> identity;
        };
    }

    private static void columnsOf(
            Options options, Strands strands, Channels channels, Tensor mean, Tensor variance, Launch launch) {
        launch.tensor(mean).tensor(variance).tensor(channels.weight()).tensor(channels.bias());
        strandsOf(strands, launch).float32(options.epsilon()).grid(strands.blocks());
    }

    private static Launch strandsOf(Strands strands, Launch launch) {
        return launch.int32(Math.toIntExact(strands.rows()))
                .int32(strands.columns())
                .int32(strands.chunkRows())
                .int32(strands.lanes());
    }

    private static Strands strands(Tensor x) {
        return Strands.of(x.shape().rows(), x.shape().last(), LEAST_ROWS_PER_THREAD);
    }

    private static long partialBytes(Strands strands) {
        return (long) strands.chunks() * SUMS * strands.columns() * Float.BYTES;
    }
}
