package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Adds the partial rows that blocks left to the gradients of weights: cuda/reduce.cu. */
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
    private final Kernel addColumns;

    public PartialRows(CudaContext cuda) {
        this.cuda = cuda;
        add = cuda.kernel(FAMILY, "reduce_rows_add_f32");
        addPair = cuda.kernel(FAMILY, "reduce_rows_add_pair_f32");
        addColumns = cuda.kernel(FAMILY, "reduce_columns_add_f32");
    }

    /**
     * Partial rows of one launch. A kernel writes all of them.
     *
     * @param address of the first, at a multiple of 256 bytes
     * @param count number of rows
     * @param width floats of a row, which follow one another without gaps
     * @param behind address of the bytes that were asked for beside them
     */
    public record Rows(long address, int count, int width, long behind) {}

    /**
     * A gradient that columns of partial rows are added to.
     *
     * @param gradient of n elements, which takes the next n columns
     * @param logarithms (n) of the decay, A_log: each sum is multiplied by A = -exp(A_log), which makes the gradient of A that of A_log; null for none
     */
    public record Target(Tensor gradient, @Nullable Tensor logarithms) {
        public static Target of(Tensor gradient) {
            return new Target(gradient, null);
        }
    }

    /** Rows to be written and added before the next operation. */
    public Rows rows(int count, int width) {
        return rows(count, width, 0);
    }

    /** @param behind bytes of scratch memory that the operation needs beside the rows */
    public Rows rows(int count, int width, long behind) {
        long bytes = ((long) count * width * Float.BYTES + 255) / 256 * 256;
        long address = cuda.scratch(bytes + behind);
        return new Rows(address, count, width, address + bytes);
    }

    /** Adds the columns of the rows to the targets, from the first column on, as many as all targets have elements. */
    public void add(Rows rows, Target... targets) {
        int from = 0;
        for (Target target : targets) {
            int n = Math.toIntExact(target.gradient().shape().elements());
            cuda.launch(addColumns)
                    .tensor(target.gradient())
                    .address(rows.address() + (long) from * Float.BYTES)
                    .tensor(target.logarithms())
                    .int32(rows.count())
                    .int32(n)
                    .int32(rows.width())
                    .int32(laneBits(n))
                    .grid(Grids.blocks(n, 1 << laneBits(n)));
            from += n;
        }
        if (from != rows.width()) {
            throw new IllegalArgumentException(
                    "partial rows have " + rows.width() + " columns, and the gradients " + from + " elements");
        }
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
