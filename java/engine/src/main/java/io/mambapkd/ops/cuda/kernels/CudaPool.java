package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.PoolOps;
import io.mambapkd.ops.checks.PoolChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.driver.TypedKernel;
import io.mambapkd.tensor.Tensor;

/** A thread for some windows; means over images as sums along columns. */
final class CudaPool implements PoolOps {
    private static final String FAMILY = "pool";
    private static final int BLOCK_ELEMENTS = 1024;

    private final CudaContext cuda;
    private final TypedKernel maxForward;
    private final TypedKernel maxBackward;
    private final TypedKernel windowForward;
    private final TypedKernel windowBackward;
    private final TypedKernel columnSums;
    private final TypedKernel meanGradient;

    CudaPool(CudaContext cuda) {
        this.cuda = cuda;
        maxForward = TypedKernel.of(cuda, FAMILY, "max_pool_forward");
        maxBackward = TypedKernel.of(cuda, FAMILY, "max_pool_backward");
        windowForward = TypedKernel.of(cuda, FAMILY, "max_pool_window_forward");
        windowBackward = TypedKernel.of(cuda, FAMILY, "max_pool_window_backward");
        columnSums = TypedKernel.of(cuda, "pointwise", "pointwise_column_sums");
        meanGradient = TypedKernel.of(cuda, "pointwise", "pointwise_mean_gradient");
    }

    @Override
    public void maxPool2x2(Tensor x, Tensor y) {
        int[] in = PoolChecks.maxPool(PoolChecks.PAIRS, x, y);
        Tiles tiles = Tiles.of(in[0] * (in[1] / 2), (long) (in[2] / 2) * in[3], BLOCK_ELEMENTS);
        imageOf(in, tiles.extentsOf(cuda.launch(maxForward.of(x)).tensor(y).tensor(x)))
                .grid(tiles.blocks());
    }

    @Override
    public void maxPool2x2Gradient(Tensor x, Tensor dy, Tensor dx) {
        int[] in = PoolChecks.maxPoolGradient(PoolChecks.PAIRS, x, dy, dx);
        Tiles tiles = Tiles.of(in[0] * Grids.blocks(in[1], 2), (long) Grids.blocks(in[2], 2) * in[3], BLOCK_ELEMENTS);
        imageOf(
                        in,
                        tiles.extentsOf(cuda.launch(maxBackward.of(x))
                                .tensor(dx)
                                .tensor(x)
                                .tensor(dy)))
                .grid(tiles.blocks());
    }

    @Override
    public void maxPool(Windows windows, Tensor x, Tensor y) {
        if (windows.equals(PoolChecks.PAIRS)) {
            maxPool2x2(x, y);
            return;
        }
        int[] in = PoolChecks.maxPool(windows, x, y);
        int rows = in[0] * (in[1] / windows.height());
        Tiles tiles = Tiles.of(rows, (long) (in[2] / windows.width()) * in[3], BLOCK_ELEMENTS);
        Launch launch =
                tiles.extentsOf(cuda.launch(windowForward.of(x)).tensor(y).tensor(x));
        windowsOf(windows, imageOf(in, launch)).grid(tiles.blocks());
    }

    @Override
    public void maxPoolGradient(Windows windows, Tensor x, Tensor dy, Tensor dx) {
        if (windows.equals(PoolChecks.PAIRS)) {
            maxPool2x2Gradient(x, dy, dx);
            return;
        }
        int[] in = PoolChecks.maxPoolGradient(windows, x, dy, dx);
        // Also for what is left of a window at the borders, whose gradient is zero.
        int rows = in[0] * Grids.blocks(in[1], windows.height());
        Tiles tiles = Tiles.of(rows, (long) Grids.blocks(in[2], windows.width()) * in[3], BLOCK_ELEMENTS);
        Launch launch = tiles.extentsOf(
                cuda.launch(windowBackward.of(x)).tensor(dx).tensor(x).tensor(dy));
        windowsOf(windows, imageOf(in, launch)).grid(tiles.blocks());
    }

    private static Launch windowsOf(Windows windows, Launch launch) {
        return launch.int32(windows.height()).int32(windows.width());
    }

    private static Launch imageOf(int[] in, Launch launch) {
        return launch.int32(in[1]).int32(in[2]).int32(in[3]);
    }

    @Override
    public void globalAveragePool(Tensor x, Tensor y) {
        int[] in = PoolChecks.globalAveragePool(x, y);
        int positions = in[1] * in[2];
        Strands images = Strands.ofChunks(x.shape().rows(), in[3], positions);
        cuda.launch(columnSums.of(x))
                .tensor(y)
                .tensor(x)
                .int32(x.shape().rows())
                .int32(in[3])
                .int32(positions)
                .int32(images.lanes())
                .int32(in[3])
                .float32(1f / positions)
                .grid(images.blocks());
    }

    @Override
    public void globalAveragePoolGradient(Tensor dy, Tensor dx) {
        int[] in = PoolChecks.globalAveragePool(dx, dy);
        Tiles tiles = Tiles.of(dx.shape().rows(), in[3], BLOCK_ELEMENTS);
        tiles.extentsOf(cuda.launch(meanGradient.of(dx)).tensor(dx).tensor(dy))
                .int32(in[1] * in[2])
                .grid(tiles.blocks());
    }
}
