package io.mambapkd.ops.cuda;

/** Two kernels for an operation on rows: a warp for a short row, the block for a long one. */
final class RowKernels {
    /** Longest row for a warp: 16 elements a lane, and the sums of a block's 8 warps fit in shared memory. */
    static final int LONGEST_FOR_A_WARP = 512;

    /** Warps of a block. */
    static final int WARPS = 8;

    private final Kernel warp;
    private final Kernel block;

    /** The entries {@code OPERATION_warp_f32} and {@code OPERATION_block_f32}. */
    RowKernels(CudaContext cuda, String family, String operation) {
        warp = cuda.kernel(family, operation + "_warp_f32");
        block = cuda.kernel(family, operation + "_block_f32");
    }

    static boolean isForAWarp(int columns) {
        return columns <= LONGEST_FOR_A_WARP;
    }

    Kernel of(int columns) {
        return isForAWarp(columns) ? warp : block;
    }

    /** Blocks for one row a warp or block. */
    long blocks(int rows, int columns) {
        return isForAWarp(columns) ? Grids.blocks(rows, WARPS) : rows;
    }
}
