package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.EmbeddingOps;
import io.mambapkd.ops.checks.EmbeddingChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.kernels.PartialRows;
import io.mambapkd.ops.cuda.kernels.PartialRows.Rows;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Launches of {@code embedding.cu} and {@code embedding_gradient.cu}. */
final class CudaEmbedding implements EmbeddingOps {
    /** Bytes of four values, which the kernels read at once. */
    private static final int ALIGNMENT = 16;

    /** Most shared memory that a block has before compute capability 8.0, which the kernels are compiled for. */
    private static final int OLDER_SHARED_BYTES = 64 * 1024;

    private final CudaContext cuda;
    private final Kernel forward;
    private final Kernel backward;
    private final PartialRows partialRows;

    private CudaEmbedding(CudaContext cuda) {
        this.cuda = cuda;
        forward = cuda.kernel("embedding", "embedding_forward_f32");
        backward = cuda.kernel("embedding_gradient", "embedding_backward_f32");
        partialRows = new PartialRows(cuda);
    }

    /** None on devices that the kernels are not compiled for. */
    static EmbeddingOps on(CudaContext cuda) {
        return cuda.sharedLimit() > OLDER_SHARED_BYTES ? new CudaEmbedding(cuda) : EmbeddingOps.NONE;
    }

    @Override
    public Optional<Embedding> embedding(int elements, int tokens, int width) {
        EmbeddingShape shape = new EmbeddingShape(elements, tokens, width);
        return shape.fits() ? Optional.of(new Kernels(shape)) : Optional.empty();
    }

    private final class Kernels implements Embedding {
        private final EmbeddingShape shape;

        Kernels(EmbeddingShape shape) {
            this.shape = shape;
        }

        @Override
        public void forward(Tensor tokens, Tensor weight, Tensor bias, @Nullable Tensor positions, Tensor y) {
            check("embedding", tokens, "y", y, weight, bias, positions);
            int rows = tokens.shape().extent(0) * shape.length();
            cuda.launch(forward)
                    .tensor(y, ALIGNMENT)
                    .tensor(tokens, ALIGNMENT)
                    .tensor(weight, ALIGNMENT)
                    .tensor(bias, ALIGNMENT)
                    .tensor(positions, ALIGNMENT)
                    .int32(rows)
                    .int32(shape.length())
                    .int32(shape.elements())
                    .int32(shape.width())
                    .int32(shape.rowGroups())
                    .sharedBytes(shape.forwardSharedBytes())
                    .grid(shape.forwardBlocks(rows));
        }

        @Override
        public void backward(Tensor tokens, Tensor dy, Tensor dWeight, Tensor dBias, @Nullable Tensor dPositions) {
            check("embedding_gradient", tokens, "dy", dy, dWeight, dBias, dPositions);
            int batch = tokens.shape().extent(0);
            int blocks = shape.backwardBlocks(batch);
            Rows rows = partialRows.rows(blocks, shape.sums(dPositions != null));
            cuda.launch(backward)
                    .address(rows.address())
                    .tensor(tokens, ALIGNMENT)
                    .tensor(dy, ALIGNMENT)
                    .int32(batch)
                    .int32(shape.length())
                    .int32(shape.elements())
                    .int32(shape.width())
                    .int32(shape.samples())
                    .int32(dPositions == null ? 0 : 1)
                    .sharedBytes(shape.backwardSharedBytes())
                    .grid(blocks);
            partialRows.add(rows, dWeight, dBias, dPositions);
        }

        private void check(
                String name,
                Tensor tokens,
                String role,
                Tensor vectors,
                Tensor weight,
                Tensor bias,
                @Nullable Tensor positions) {
            EmbeddingChecks.embedding(
                    name,
                    shape.elements(),
                    shape.length(),
                    shape.width(),
                    tokens,
                    role,
                    vectors,
                    weight,
                    bias,
                    positions);
        }
    }
}
