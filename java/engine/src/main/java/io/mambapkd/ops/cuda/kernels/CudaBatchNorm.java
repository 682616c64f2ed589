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
    private static final int MERGED_COLUMNS_PER_BLOCK = 32;
    /** Values of a column in a partial row. */
    private static final int SUMS = 2;

    private final CudaContext cuda;
    private final TypedKernel moments;
    private final Kernel statistics;
    private final Kernel gradientMerge;
    private final Directions identity;
    private final Directions relu;
    private final Directions gelu;
    private final Directions silu;

    /**
     * How sums and elements are shared among blocks. Of images that a GPU's caches hold the chunks are few, so that each block that needs their sums adds them itself, without a kernel of
     * their own; of larger ones many blocks keep memory busy, and one kernel more is little beside it.
     */
    private record Parts(Strands sums, Strands elements, boolean areFew) {
        private static final int LEAST_ROWS_PER_THREAD = 4;
        private static final int FEW_CHUNKS = 128;
        private static final int BLOCKS_THAT_ADD = 256;
        /** 128 blocks of 256 threads then have 2 million elements. */
        private static final int MOST_ROWS_PER_THREAD = 64;

        static Parts of(Tensor x) {
            long rows = x.shape().rows();
            int columns = x.shape().last();
            Strands few = Strands.of(rows, columns, LEAST_ROWS_PER_THREAD, FEW_CHUNKS);
            if (few.rowsPerThread() <= MOST_ROWS_PER_THREAD) {
                return new Parts(few, Strands.of(rows, columns, LEAST_ROWS_PER_THREAD, BLOCKS_THAT_ADD), true);
            }
            Strands many = Strands.of(rows, columns, LEAST_ROWS_PER_THREAD);
            return new Parts(many, many, false);
        }
    }

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
        Parts parts = Parts.of(x);
        long partials = cuda.scratch(partialBytes(parts.sums()));
        strandsOf(parts.sums(), cuda.launch(moments.of(x)).address(partials).tensor(x))
                .grid(parts.sums().blocks());
        if (!parts.areFew()) {
            cuda.launch(statistics)
                    .tensor(batchMean)
                    .tensor(batchVariance)
                    .tensor(channels.runningMean())
                    .tensor(channels.runningVariance())
                    .address(partials)
                    .int32(x.shape().rows())
                    .int32(parts.sums().columns())
                    .int32(parts.sums().chunkRows())
                    .float32(options.momentum())
                    .grid(Grids.blocks(parts.sums().columns(), MERGED_COLUMNS_PER_BLOCK));
        }
        normalise(options, parts, x, channels, batchMean, batchVariance, parts.areFew() ? partials : 0, y);
    }

    @Override
    public void forwardInference(Options options, Tensor x, Channels channels, Tensor y) {
        BatchNormChecks.forwardInference(x, channels, y);
        normalise(options, Parts.of(x), x, channels, channels.runningMean(), channels.runningVariance(), 0, y);
    }

    /** @param partials moments of few chunks, whose statistics go to {@code mean} and {@code variance}; or 0, and those are given */
    private void normalise(
            Options options,
            Parts parts,
            Tensor x,
            Channels channels,
            Tensor mean,
            Tensor variance,
            long partials,
            Tensor y) {
        Launch launch = cuda.launch(directions(options).forward().of(x))
                .tensor(y)
                .tensor(mean)
                .tensor(variance)
                .tensor(channels.runningMean())
                .tensor(channels.runningVariance())
                .address(partials)
                .tensor(x)
                .tensor(channels.weight())
                .tensor(channels.bias());
        strandsOf(parts.elements(), launch)
                .int32(parts.sums().chunkRows())
                .float32(options.epsilon())
                .float32(options.momentum())
                .grid(parts.elements().blocks());
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
        Parts parts = Parts.of(x);
        long sums = gradientSums(options, parts, x, channels, batchMean, batchVariance, dy);
        if (parts.areFew()) {
            int chunks = parts.sums().chunks();
            inputGradient(options, parts, x, channels, batchMean, batchVariance, dy, dx, dWeight, dBias, sums, chunks);
        } else {
            long totals = mergedSums(parts, sums, dWeight, dBias);
            inputGradient(options, parts, x, channels, batchMean, batchVariance, dy, dx, null, null, totals, 1);
        }
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
        Parts parts = Parts.of(x);
        if (dWeight != null || dBias != null) {
            mergedSums(parts, gradientSums(options, parts, x, channels, mean, variance, dy), dWeight, dBias);
        }
        inputGradient(options, parts, x, channels, mean, variance, dy, dx, null, null, 0, 0);
    }

    /** Returns the address of the sums of each chunk, behind room for those of all. */
    private long gradientSums(
            Options options, Parts parts, Tensor x, Channels channels, Tensor mean, Tensor variance, Tensor dy) {
        long sums = cuda.scratch(totalBytes(parts) + partialBytes(parts.sums())) + totalBytes(parts);
        Launch launch = cuda.launch(directions(options).gradientSums().of(x))
                .address(sums)
                .tensor(x)
                .tensor(dy);
        columnsOf(channels, mean, variance, launch);
        strandsOf(parts.sums(), launch)
                .float32(options.epsilon())
                .grid(parts.sums().blocks());
        return sums;
    }

    /** Adds the sums of all chunks to the gradients; returns their address, in front of those of the chunks. */
    private long mergedSums(Parts parts, long sums, @Nullable Tensor dWeight, @Nullable Tensor dBias) {
        long totals = sums - totalBytes(parts);
        int columns = parts.sums().columns();
        cuda.launch(gradientMerge)
                .tensor(dWeight)
                .tensor(dBias)
                .address(totals)
                .address(sums)
                .int32(columns)
                .int32(parts.sums().chunks())
                .grid(Grids.blocks(columns, MERGED_COLUMNS_PER_BLOCK));
        return totals;
    }

    /** @param sums of {@code chunks} chunks; 0 where the statistics are constants */
    private void inputGradient(
            Options options,
            Parts parts,
            Tensor x,
            Channels channels,
            Tensor mean,
            Tensor variance,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias,
            long sums,
            int chunks) {
        Launch launch = cuda.launch(directions(options).backward().of(x))
                .tensor(dx)
                .tensor(dWeight)
                .tensor(dBias)
                .address(sums)
                .tensor(x)
                .tensor(dy);
        columnsOf(channels, mean, variance, launch);
        strandsOf(parts.elements(), launch)
                .int32(chunks)
                .float32(options.epsilon())
                .grid(parts.elements().blocks());
    }

    private Directions directions(Options options) {
        return switch (options.activation()) {
            case RELU -> relu;
            case GELU -> gelu;
            case SILU -> silu;
            default -> identity;
        };
    }

    private static void columnsOf(Channels channels, Tensor mean, Tensor variance, Launch launch) {
        launch.tensor(mean).tensor(variance).tensor(channels.weight()).tensor(channels.bias());
    }

    private static Launch strandsOf(Strands strands, Launch launch) {
        return launch.int32(Math.toIntExact(strands.rows()))
                .int32(strands.columns())
                .int32(strands.chunkRows())
                .int32(strands.lanes());
    }

    private static long totalBytes(Parts parts) {
        return (long) SUMS * parts.sums().columns() * Float.BYTES;
    }

    private static long partialBytes(Strands strands) {
        return (long) strands.chunks() * SUMS * strands.columns() * Float.BYTES;
    }
}
