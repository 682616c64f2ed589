package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.ops.checks.HeadChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.kernels.Grids;
import io.mambapkd.ops.cuda.kernels.PartialRows;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import java.util.Optional;

/** The kernels of {@code head_loss.cu}: a thread has four columns of a token, of eight samples at a time. */
final class CudaHead implements HeadOps {
    /** Most shared memory, in bytes, that a block takes: what k16 has, and its weights. Devices from compute capability 8.0 on give as much. */
    private static final int MOST_SHARED_BYTES = 23_808 + 16 * CudaHead.BLOCK * CudaHead.THREAD_BYTES;

    private static final String FAMILY = "head_loss";
    private static final int BLOCK = 256;
    private static final int SLOTS = 8;
    /** Four weights of a class. */
    private static final int THREAD_BYTES = 4 * Float.BYTES;

    private static final int LANE_COLUMNS = 4;
    /** As many blocks as an H100 has multiprocessors, each with one partial row; the same on every device. */
    private static final int MOST_BLOCKS = 132;

    /** Columns of a token, which 16 lanes share at most. */
    private static final int MOST_WIDTH = 64;

    /** Each class is four registers of a thread for the gradient of its weights. */
    private static final int MOST_CLASSES = 16;

    private static final int FEW_CLASSES = 10;

    private final CudaContext cuda;
    private final Kernel upTo10;
    private final Kernel upTo16;
    private final Kernel sum;
    private final PartialRows partialRows;

    private CudaHead(CudaContext cuda) {
        this.cuda = cuda;
        upTo10 = cuda.kernel(FAMILY, "head_loss_k10_f32");
        upTo16 = cuda.kernel(FAMILY, "head_loss_k16_f32");
        sum = cuda.kernel("distillation_loss", "distillation_loss_statistics_f32");
        partialRows = new PartialRows(cuda);
    }

    /** None where a block has too little shared memory; there is no PTX for such devices either. */
    static HeadOps in(CudaContext cuda) {
        return cuda.sharedLimit() >= MOST_SHARED_BYTES ? new CudaHead(cuda) : HeadOps.NONE;
    }

    @Override
    public Optional<Head> head(int tokens, int width, int classes) {
        return takes(tokens, width, classes) ? Optional.of(new Extents(tokens, width, classes)) : Optional.empty();
    }

    /** Whether a block has threads for all tokens of a sample, and a thread registers for all classes: longer heads are products worth a library's call. */
    private static boolean takes(int tokens, int width, int classes) {
        return width % LANE_COLUMNS == 0
                && width <= MOST_WIDTH
                && classes <= MOST_CLASSES
                && (long) tokens << laneBits(width) <= BLOCK;
    }

    /** Logarithm of the lanes of a token: the least power of two that is enough. */
    private static int laneBits(int width) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(width / LANE_COLUMNS - 1);
    }

    private final class Extents implements Head {
        private final int tokens;
        private final int width;
        private final int classes;

        Extents(int tokens, int width, int classes) {
            this.tokens = tokens;
            this.width = width;
            this.classes = classes;
        }

        /** Samples that a block has at once: 128 or 256 threads share eight, so that there is a thread for each class of each sample. */
        private int tileRows() {
            return tokens << laneBits(width) <= BLOCK / 2 ? 2 * SLOTS : SLOTS;
        }

        @Override
        public void lossAndGradients(
                Tensor x,
                Weights weights,
                float epsilon,
                DistillationLossOps.Options loss,
                DistillationLossOps.Inputs inputs,
                Tensor dx,
                Weights gradients,
                Tensor statistics) {
            int rows = inputs.student().shape().extent(0);
            HeadChecks.arguments(
                    new int[] {rows, tokens, width, classes},
                    x,
                    weights,
                    epsilon,
                    loss,
                    inputs,
                    dx,
                    gradients,
                    statistics);
            int blocks = Math.min(MOST_BLOCKS, Grids.blocks(rows, tileRows()));
            int partialWidth = classes * tokens * width + classes + width;
            PartialRows.Rows partials = partialRows.rows(
                    blocks, partialWidth, (long) DistillationLossOps.STATISTICS * blocks * Float.BYTES);
            Kernel kernel = classes <= FEW_CLASSES ? upTo10 : upTo16;
            cuda.launch(kernel)
                    .tensor(inputs.student())
                    .tensor(dx, THREAD_BYTES)
                    .address(partials.address())
                    .address(partials.behind())
                    .tensor(x, THREAD_BYTES)
                    .tensor(weights.scale())
                    .tensor(weights.weight())
                    .tensor(weights.bias())
                    .tensor(inputs.ensemble())
                    .tensor(inputs.teacher())
                    .tensor(inputs.labels())
                    .tensor(inputs.sampleWeights())
                    .int32(rows)
                    .int32(tokens)
                    .int32(width)
                    .int32(classes)
                    .int32(inputs.valid())
                    .int32(laneBits(width))
                    .int32(tileRows())
                    .float32(epsilon)
                    .float32(1f / width)
                    .float32((float) (1.0 / inputs.valid()))
                    .float32((float) loss.alpha())
                    .float32((float) loss.temperature())
                    .float32((float) (1.0 / loss.temperature()))
                    .float32((float) loss.labelSmoothing())
                    .float32((float) (loss.labelSmoothing() / classes))
                    .float32((float) loss.ensembleWeight())
                    .float32((float) loss.studentWeight())
                    .sharedBytes((kernel == upTo10 ? FEW_CLASSES : MOST_CLASSES) * BLOCK * THREAD_BYTES)
                    .grid(blocks);
            cuda.launch(sum)
                    .tensor(statistics)
                    .address(partials.behind())
                    .int32(blocks)
                    .int32(inputs.valid())
                    .grid(1);
            partialRows.add(partials, gradients.weight(), gradients.bias(), gradients.scale());
        }
    }
}
