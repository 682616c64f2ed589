package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.DeferredSums;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Adds the partial rows that blocks left to the gradients of weights: at once by cuda/reduce.cu, or all those of a pass by cuda/gradient_assembly.cu at its end,
 * while {@link DeferredSums} take them.
 */
public final class PartialRows {
    private static final String FAMILY = "reduce";
    /** Up to so many columns, a block takes few, for many strands of rows: what counts is how long the sum takes. */
    private static final int FEW_COLUMNS = 2048;
    /** Powers of two: 8 floats are the least that memory reads at once. */
    private static final int FEW_LANE_BITS = 3;

    private static final int LANE_BITS = 5;

    private final CudaContext cuda;
    private final Kernel addColumns;

    public PartialRows(CudaContext cuda) {
        this.cuda = cuda;
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

    /** Rows to be written and added before the next rows. */
    public Rows rows(int count, long width) {
        return rows(count, width, 0);
    }

    /** @param behind bytes of scratch memory that the operation needs beside the rows */
    public Rows rows(int count, long width, long behind) {
        long bytes = (count * width * Float.BYTES + 255) / 256 * 256;
        DeferredSums deferred = cuda.deferred();
        if (deferred != null) {
            return new Rows(
                    deferred.allocate(bytes), count, Math.toIntExact(width), behind == 0 ? 0 : cuda.scratch(behind));
        }
        long address = cuda.scratch(bytes + behind);
        return new Rows(address, count, Math.toIntExact(width), address + bytes);
    }

    /**
     * Adds the columns of the rows to gradients, each of which takes as many as it has elements; at the end of the pass where sums are deferred.
     *
     * @param gradients in the order of their columns; those that are null have none
     */
    public void add(Rows rows, @Nullable Tensor... gradients) {
        addFrom(rows, 0, gradients);
    }

    /**
     * The same where the first columns are those of the gradient of a decay A = -exp(A_log), which is multiplied by A to be that of A_log.
     *
     * @param aLog of the shape of {@code dALog}
     */
    public void addDecay(Rows rows, Tensor dALog, Tensor aLog, Tensor... others) {
        addFrom(rows, add(rows, 0, dALog, aLog), others);
    }

    private void addFrom(Rows rows, int first, @Nullable Tensor... gradients) {
        int from = first;
        for (Tensor gradient : gradients) {
            if (gradient != null) {
                from = add(rows, from, gradient, null);
            }
        }
        if (from != rows.width()) {
            throw new IllegalArgumentException(
                    "partial rows have " + rows.width() + " columns, and the gradients " + from + " elements");
        }
    }

    /**
     * Adds columns of the rows, the first of them {@code from}, to a gradient.
     *
     * @return the column behind
     */
    int add(Rows rows, int from, Tensor gradient) {
        return add(rows, from, gradient, null);
    }

    private int add(Rows rows, int from, Tensor gradient, @Nullable Tensor logarithms) {
        long first = rows.address() + (long) from * Float.BYTES;
        DeferredSums deferred = cuda.deferred();
        if (deferred == null || !deferred.take(gradient, first, rows.count(), rows.width(), logarithms)) {
            addAtOnce(gradient, first, logarithms, rows);
        }
        return Math.toIntExact(from + gradient.shape().elements());
    }

    /** Adds the rows to a tensor before the next operation, which may read it. */
    public void addAtOnce(Rows rows, Tensor target) {
        addAtOnce(target, rows.address(), null, rows);
    }

    private void addAtOnce(Tensor target, long first, @Nullable Tensor logarithms, Rows rows) {
        int n = Math.toIntExact(target.shape().elements());
        cuda.launch(addColumns)
                .tensor(target)
                .address(first)
                .tensor(logarithms)
                .int32(rows.count())
                .int32(n)
                .int32(rows.width())
                .int32(laneBits(n))
                .grid(Grids.blocks(n, 1 << laneBits(n)));
    }

    /** Columns of a block, as a power of two. */
    private static int laneBits(long n) {
        return n <= FEW_COLUMNS ? FEW_LANE_BITS : LANE_BITS;
    }
}
