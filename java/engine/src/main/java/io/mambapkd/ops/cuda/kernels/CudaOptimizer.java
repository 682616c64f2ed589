package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.checks.OptimizerChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Four parameters to a thread; the norm in two stages, both on the device. */
final class CudaOptimizer implements OptimizerOps {
    private static final String FAMILY = "optimizer";
    private static final int VALUES_PER_BLOCK = 1024;
    /** The second stage reads all partial sums in every block, so there must not be many. */
    private static final int LARGEST_SLICES = 1024;

    private static final int SMALLEST_SLICE = 4096;

    private final CudaContext cuda;
    private final Kernel adamW;
    private final Kernel sgd;
    private final Kernel squares;
    private final Kernel scale;
    private final Kernel stepRecord;

    CudaOptimizer(CudaContext cuda) {
        this.cuda = cuda;
        adamW = cuda.kernel(FAMILY, "adamw_f32");
        sgd = cuda.kernel(FAMILY, "sgd_f32");
        squares = cuda.kernel(FAMILY, "clip_squares_f32");
        scale = cuda.kernel(FAMILY, "clip_scale_f32");
        stepRecord = cuda.kernel(FAMILY, "step_record_f32");
    }

    @Override
    public void adamW(
            AdamW options,
            Tensor schedule,
            @Nullable Tensor halted,
            Tensor parameters,
            Tensor gradients,
            Tensor m,
            Tensor v) {
        int count = OptimizerChecks.adamW(schedule, halted, parameters, gradients, m, v);
        cuda.launch(adamW)
                .tensor(parameters)
                .tensor(m)
                .tensor(v)
                .tensor(gradients)
                .tensor(schedule)
                .tensor(halted)
                .int32(count)
                .float32((float) options.beta1())
                .float32((float) (1 - options.beta1()))
                .float32((float) options.beta2())
                .float32((float) (1 - options.beta2()))
                .float32((float) options.epsilon())
                .float32((float) options.weightDecay())
                .grid(Grids.blocks(count, VALUES_PER_BLOCK));
    }

    @Override
    public void sgd(Sgd options, Tensor schedule, Tensor parameters, Tensor gradients, Tensor buffer) {
        int count = OptimizerChecks.sgd(schedule, parameters, gradients, buffer);
        cuda.launch(sgd)
                .tensor(parameters)
                .tensor(buffer)
                .tensor(gradients)
                .tensor(schedule)
                .int32(count)
                .float32((float) options.momentum())
                .float32((float) options.weightDecay())
                .grid(Grids.blocks(count, VALUES_PER_BLOCK));
    }

    @Override
    public void clipByGlobalNorm(double maximum, Tensor gradients, Tensor norm) {
        int count = OptimizerChecks.clip(maximum, gradients, norm);
        int slice = Math.max(SMALLEST_SLICE, Grids.blocks(count, LARGEST_SLICES));
        int slices = Grids.blocks(count, slice);
        long partials = cuda.scratch((long) slices * Double.BYTES);
        cuda.launch(squares)
                .address(partials)
                .tensor(gradients)
                .int32(count)
                .int32(slice)
                .grid(slices);
        cuda.launch(scale)
                .tensor(gradients)
                .tensor(norm)
                .address(partials)
                .int32(slices)
                .int32(count)
                .int32(slice)
                .float32((float) maximum)
                .grid(slices);
    }

    @Override
    public void record(Tensor statistics, Tensor norm, Tensor step, Tensor halted, Tensor journal) {
        int count = OptimizerChecks.record(statistics, norm, step, halted, journal);
        cuda.launch(stepRecord)
                .tensor(journal)
                .tensor(step)
                .tensor(halted)
                .tensor(statistics)
                .tensor(norm)
                .int32(journal.shape().extent(0))
                .int32(count)
                .grid(1);
    }
}
