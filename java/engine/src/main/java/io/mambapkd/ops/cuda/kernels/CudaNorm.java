package io.mambapkd.ops.cuda.kernels;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.NormOps;
import io.mambapkd.ops.checks.NormChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of a warp for a row of {@link ShortNorm}, a warp for one of up to 512 columns, a block for a longer one; gradients of weights in one partial
 * row for each block.
 */
final class CudaNorm implements NormOps {
    /** Rows that make a partial row worth its bytes. */
    private static final int LEAST_BLOCK_ROWS = 32;
    /** Two for each multiprocessor of an H100, and no more partial rows than that. */
    private static final int ENOUGH_BLOCKS = 264;

    private final CudaContext cuda;
    private final Map<DType, RowKernels> rmsForward = new EnumMap<>(DType.class);
    private final Map<DType, RowKernels> rmsBackward = new EnumMap<>(DType.class);
    private final ShortNorm rmsOfShortRows;
    private final RowKernels layerForward;
    private final RowKernels layerBackward;
    private final PartialRows partialRows;

    CudaNorm(CudaContext cuda) {
        this.cuda = cuda;
        for (DType dtype : List.of(DType.F32, DType.BF16)) {
            rmsForward.put(dtype, new RowKernels(cuda, "rms_norm", "rms_norm_forward", dtype));
            rmsBackward.put(dtype, new RowKernels(cuda, "rms_norm", "rms_norm_backward", dtype));
        }
        rmsOfShortRows = new ShortNorm(cuda);
        layerForward = new RowKernels(cuda, "layer_norm", "layer_norm_forward", DType.F32);
        layerBackward = new RowKernels(cuda, "layer_norm", "layer_norm_backward", DType.F32);
        partialRows = new PartialRows(cuda);
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor y) {
        NormChecks.rmsNorm(x, weight, y);
        if (ShortNorm.takes(x, weight, y)) {
            rmsOfShortRows.forward(x, weight, epsilon, y);
            return;
        }
        int rows = x.shape().rows();
        int columns = x.shape().last();
        RowKernels kernels = requireNonNull(rmsForward.get(y.dtype()));
        cuda.launch(kernels.of(columns))
                .tensor(y)
                .tensor(x)
                .tensor(weight)
                .int32(rows)
                .int32(columns)
                .float32(epsilon)
                .grid(kernels.blocks(rows, columns));
    }

    @Override
    public void rmsNormGradient(
            Tensor x, Tensor weight, float epsilon, Tensor dy, @Nullable Tensor residual, Tensor dx, Tensor dWeight) {
        NormChecks.rmsNormGradient(x, weight, dy, residual, dx, dWeight);
        int rows = x.shape().rows();
        int columns = x.shape().last();
        boolean isShort = ShortNorm.takes(x, weight, dy, residual, dx);
        int blockRows = isShort ? ShortNorm.blockRows(rows, columns) : blockRows(rows);
        int blocks = Grids.blocks(rows, blockRows);
        PartialRows.Rows partials = partialRows.rows(blocks, columns);
        Kernel kernel = isShort
                ? rmsOfShortRows.backward(dy, columns)
                : requireNonNull(rmsBackward.get(dy.dtype())).of(columns);
        cuda.launch(kernel)
                .tensor(dx)
                .address(partials.address())
                .tensor(x)
                .tensor(dy)
                .tensor(residual)
                .tensor(weight)
                .int32(rows)
                .int32(columns)
                .int32(blockRows)
                .float32(epsilon)
                .sharedBytes(isShort ? 0 : sharedBytes(columns, columns))
                .grid(blocks);
        partialRows.add(partials, dWeight);
    }

    @Override
    public void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y) {
        NormChecks.layerNorm(x, weight, bias, y);
        int rows = x.shape().rows();
        int columns = x.shape().last();
        cuda.launch(layerForward.of(columns))
                .tensor(y)
                .tensor(x)
                .tensor(weight)
                .tensor(bias)
                .int32(rows)
                .int32(columns)
                .float32(epsilon)
                .grid(layerForward.blocks(rows, columns));
    }

    @Override
    public void layerNormGradient(
            Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx, Tensor dWeight, Tensor dBias) {
        NormChecks.layerNormGradient(x, weight, dy, dx, dWeight, dBias);
        int rows = x.shape().rows();
        int columns = x.shape().last();
        int blockRows = blockRows(rows);
        int blocks = Grids.blocks(rows, blockRows);
        PartialRows.Rows partials = partialRows.rows(blocks, 2L * columns);
        cuda.launch(layerBackward.of(columns))
                .tensor(dx)
                .address(partials.address())
                .tensor(x)
                .tensor(dy)
                .tensor(weight)
                .int32(rows)
                .int32(columns)
                .int32(blockRows)
                .float32(epsilon)
                .sharedBytes(sharedBytes(columns, 2 * columns))
                .grid(blocks);
        partialRows.add(partials, dWeight, dBias);
    }

    private static int blockRows(int rows) {
        return Math.max(LEAST_BLOCK_ROWS, Grids.blocks(rows, ENOUGH_BLOCKS));
    }

    /** A warp gathers its sums in shared memory, a block in its partial row. */
    private static int sharedBytes(int columns, int partialWidth) {
        return RowKernels.isForAWarp(columns) ? RowKernels.WARPS * partialWidth * Float.BYTES : 0;
    }
}
