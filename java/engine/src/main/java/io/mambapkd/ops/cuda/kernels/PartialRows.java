package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;

/** Adds the partial rows that blocks left to the gradient of a weight: cuda/reduce.cu. */
public final class PartialRows {
    private static final String FAMILY = "reduce";
    /** Up to so many columns, a block takes few, for many strands of rows: what counts is how long the sum takes. */
    private static final int FEW_COLUMNS = 2048;
    /** Powers of two: 8 floats are the least that memory reads at once. */
    private static final int FEW_LANE_BITS = 3;

    private static final int LANE_BITS = 5;

    private final CudaContext cuda;
    private final Kernel add;
    private final Kernel addPair;

    public PartialRows(CudaContext cuda) {
        this.cuda = cuda;
        add = cuda.kernel(FAMILY, "reduce_rows_add_f32");
        addPair = cuda.kernel(FAMILY, "reduce_rows_add_pair_f32");
    }

    /** Address of {@code count} rows of {@code width} floats. */
    public long allocate(int count, long width) {
        return cuda.scratch(count * width * Float.BYTES);
    }

    /** Adds {@code count} rows as wide as {@code target}. */
    public void addTo(Tensor target, long partials, int count) {
        int n = Math.toIntExact(target.shape().elements());
        cuda.launch(add)
                .tensor(target)
                .address(partials)
                .int32(count)
                .int32(n)
                .int32(laneBits(n))
                .grid(Grids.blocks(n, 1 << laneBits(n)));
    }

    /** Adds {@code count} rows that hold the values of {@code first}, then those of {@code second}. */
    public void addTo(Tensor first, Tensor second, long partials, int count) {
        int firstCount = Math.toIntExact(first.shape().elements());
        int secondCount = Math.toIntExact(second.shape().elements());
        long n = (long) firstCount + secondCount;
        cuda.launch(addPair)
                .tensor(first)
                .tensor(second)
                .address(partials)
                .int32(count)
                .int32(firstCount)
                .int32(secondCount)
                .int32(laneBits(n))
                .grid(Grids.blocks(n, 1 << laneBits(n)));
    }

    /** Columns of a block, as a power of two. */
    private static int laneBits(long n) {
        return n <= FEW_COLUMNS ? FEW_LANE_BITS : LANE_BITS;
    }
}
