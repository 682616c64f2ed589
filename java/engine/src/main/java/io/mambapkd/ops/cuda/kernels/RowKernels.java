package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.DType;
import java.util.Locale;

/** Two kernels for an operation on rows: a warp for a short row, the block for a long one. */
final class RowKernels {
    /** Longest row for a warp: 16 elements a lane, and the sums of a block's 8 warps fit in shared memory. */
    static final int LONGEST_FOR_A_WARP = 512;

    /** Warps of a block. */
    static final int WARPS = 8;

    private final Kernel warp;
    private final Kernel block;

    /** The entries {@code OPERATION_warp_TYPE} and {@code OPERATION_block_TYPE}. */
    RowKernels(CudaContext cuda, String family, String operation, DType dtype) {
        String type = dtype.name().toLowerCase(Locale.ROOT);
        warp = cuda.kernel(family, operation + "_warp_" + type);
        block = cuda.kernel(family, operation + "_block_" + type);
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
