package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.checks.OptimizerChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.optim.AdamW;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Four parameters to a thread; the norm in two stages, both on the device. */
public final class CudaOptimizer implements OptimizerOps {
    private static final String FAMILY = "optimizer";
    private static final int VALUES_PER_BLOCK = 1024;
    /** The second stage is one block. */
    private static final int MOST_SLICES = 1024;

    private final CudaContext cuda;
    private final Kernel adamW;
    private final Kernel sgd;
    private final Kernel lookahead;
    private final Kernel squares;
    private final Kernel norm;

    public CudaOptimizer(CudaContext cuda) {
        this.cuda = cuda;
        adamW = cuda.kernel(FAMILY, "adamw_f32");
        sgd = cuda.kernel(FAMILY, "sgd_f32");
        lookahead = cuda.kernel(FAMILY, "lookahead_f32");
        squares = cuda.kernel(FAMILY, "gradient_squares_f32");
        norm = cuda.kernel(FAMILY, "gradient_norm_f32");
    }

    @Override
    public void adamW(AdamW options, Step step, int decayed, Tensor parameters, Tensor gradients, Tensor m, Tensor v) {
        int count = OptimizerChecks.adamW(step, decayed, parameters, gradients, m, v);
        cuda.launch(adamW)
                .tensor(parameters)
                .tensor(m)
                .tensor(v)
                .tensor(gradients)
                .tensor(step.schedule())
                .tensor(step.number())
                .tensor(step.factor())
                .tensor(step.halted())
                .int32(count)
                .int32(decayed)
                .int32(step.schedule().shape().extent(0))
                .float32((float) options.beta1())
                .float32((float) (1 - options.beta1()))
                .float32((float) options.beta2())
                .float32((float) (1 - options.beta2()))
                .float32((float) options.epsilon())
                .float32((float) options.weightDecay())
                .grid(Grids.blocks(count, VALUES_PER_BLOCK));
    }

    @Override
    public void sgd(Sgd options, Step step, Tensor parameters, Tensor gradients, Tensor buffer) {
        int count = OptimizerChecks.sgd(options, step, parameters, gradients, buffer);
        Launch launch = cuda.launch(sgd)
                .tensor(parameters)
                .tensor(buffer)
                .tensor(gradients)
                .tensor(step.schedule())
                .tensor(step.number())
                .tensor(step.factor())
                .tensor(step.halted())
                .int32(count)
                .int32(step.schedule().shape().extent(0))
                .float32((float) options.momentum());
        for (int group = 0; group < GROUPS; group++) {
            // Those that are not there begin behind the last parameter.
            Group of = options.groups().get(Math.min(group, options.groups().size() - 1));
            if (group < GROUPS - 1) {
                launch.int32(of.end());
            }
            launch.float32((float) of.weightDecay());
        }
        launch.grid(Grids.blocks(count, VALUES_PER_BLOCK));
    }

    @Override
    public void lookahead(Averaging step, Tensor parameters, Tensor average) {
        int count = OptimizerChecks.lookahead(step, parameters, average);
        cuda.launch(lookahead)
                .tensor(parameters)
                .tensor(average)
                .tensor(step.schedule())
                .tensor(step.number())
                .tensor(step.halted())
                .int32(count)
                .int32(step.schedule().shape().extent(0))
                .grid(Grids.blocks(count, VALUES_PER_BLOCK));
    }

    @Override
    public void gradientNorm(double maximum, Tensor gradients, Tensor length, Tensor factor, @Nullable Books books) {
        int count = OptimizerChecks.gradientNorm(maximum, gradients, length, factor, books);
        int slice = VALUES_PER_BLOCK * Grids.blocks(count, VALUES_PER_BLOCK * MOST_SLICES);
        int slices = Grids.blocks(count, slice);
        long partials = cuda.scratch((long) slices * Double.BYTES);
        cuda.launch(squares)
                .address(partials)
                .tensor(gradients)
                .int32(count)
                .int32(slice)
                .grid(slices);
        norm(partials, slices, maximum, length, factor, books);
    }

    /**
     * {@link #gradientNorm} of gradients whose squares have been summed.
     *
     * @param partials address of the sums, in double precision
     * @param count of them
     */
    public void norm(long partials, int count, double maximum, Tensor length, Tensor factor, @Nullable Books books) {
        Tensor journal = books == null ? null : books.journal();
        cuda.launch(norm)
                .tensor(length)
                .tensor(factor)
                .tensor(journal)
                .tensor(books == null ? null : books.step())
                .tensor(books == null ? null : books.halted())
                .address(partials)
                .tensor(books == null ? null : books.statistics())
                .int32(count)
                .int32(journal == null ? 1 : journal.shape().extent(0))
                .int32(journal == null ? 0 : journal.shape().extent(1) - 1)
                .float32((float) maximum)
                .grid(1);
    }
}
