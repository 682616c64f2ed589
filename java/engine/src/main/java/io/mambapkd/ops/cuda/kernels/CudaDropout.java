package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.DropoutOps;
import io.mambapkd.ops.checks.DropoutChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;

/** One thread draws for one element. */
final class CudaDropout implements DropoutOps {
    private static final int BLOCK = 256;

    private final CudaContext cuda;
    private final Kernel apply;

    CudaDropout(CudaContext cuda) {
        this.cuda = cuda;
        apply = cuda.kernel("dropout", "dropout_f32");
    }

    @Override
    public void apply(float rate, long seed, int layer, Tensor step, Tensor x, Tensor y) {
        DropoutChecks.apply(rate, layer, step, x, y);
        long count = x.shape().elements();
        cuda.launch(apply)
                .tensor(y)
                .tensor(x)
                .tensor(step)
                .int64(count)
                .int64(seed)
                .int32(layer)
                .float32(rate)
                .float32(1 / (1 - rate))
                .grid(Grids.blocks(count, BLOCK));
    }
}
