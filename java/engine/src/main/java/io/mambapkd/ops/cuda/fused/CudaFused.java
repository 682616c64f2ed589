package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.EmbeddingOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.ops.cuda.driver.CudaContext;

/** Several operations in one kernel. A part for other extents than its kernels' is empty, and the operations that it stands for are launched one by one. */
public record CudaFused(BlockOps block, EmbeddingOps embedding, HeadOps head) {
    /** None. */
    public static final CudaFused NONE = new CudaFused(BlockOps.NONE, EmbeddingOps.NONE, HeadOps.NONE);

    /** Looks up every kernel of every part. */
    public static CudaFused in(CudaContext cuda) {
        return new CudaFused(new CudaBlock(cuda), EmbeddingOps.NONE, HeadOps.NONE);
    }
}
