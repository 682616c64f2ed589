package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;

/** Adds the partial rows that blocks left to the gradient of a weight: cuda/reduce.cu. */
public final class PartialRows {
    private static final String FAMILY = "reduce";
    private static final int COLUMNS_PER_BLOCK = 32;

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
                .grid(Grids.blocks(n, COLUMNS_PER_BLOCK));
    }

    /** Adds {@code count} rows that hold the values of {@code first}, then those of {@code second}. */
    public void addTo(Tensor first, Tensor second, long partials, int count) {
        int firstCount = Math.toIntExact(first.shape().elements());
        int secondCount = Math.toIntExact(second.shape().elements());
        cuda.launch(addPair)
                .tensor(first)
                .tensor(second)
                .address(partials)
                .int32(count)
                .int32(firstCount)
                .int32(secondCount)
                .grid(Grids.blocks((long) firstCount + secondCount, COLUMNS_PER_BLOCK));
    }
}
