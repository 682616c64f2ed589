package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.checks.DistillationLossChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** 16 lanes for each row of up to 64 classes, a warp for each longer one; a second kernel sums the statistics. */
final class CudaDistillationLoss implements DistillationLossOps {
    private static final String FAMILY = "distillation_loss";
    private static final int LANE_ROWS_PER_BLOCK = 16;
    private static final int WARP_ROWS_PER_BLOCK = 8;

    private final CudaContext cuda;
    private final Kernel upTo16;
    private final Kernel upTo32;
    private final Kernel upTo64;
    private final Kernel anyLength;
    private final Kernel sum;

    CudaDistillationLoss(CudaContext cuda) {
        this.cuda = cuda;
        upTo16 = cuda.kernel(FAMILY, "distillation_loss_k16_f32");
        upTo32 = cuda.kernel(FAMILY, "distillation_loss_k32_f32");
        upTo64 = cuda.kernel(FAMILY, "distillation_loss_k64_f32");
        anyLength = cuda.kernel(FAMILY, "distillation_loss_warp_f32");
        sum = cuda.kernel(FAMILY, "distillation_loss_statistics_f32");
    }

    @Override
    public void lossAndGradient(
            Options options, Inputs inputs, Tensor dStudent, @Nullable Tensor combined, Tensor statistics) {
        DistillationLossChecks.arguments(options, inputs, dStudent, combined, statistics);
        int rows = inputs.student().shape().extent(0);
        int classes = inputs.student().shape().last();
        Kernel kernel = kernelFor(rows, classes);
        int blocks = Grids.blocks(rows, kernel == anyLength ? WARP_ROWS_PER_BLOCK : LANE_ROWS_PER_BLOCK);
        long partials = cuda.scratch((long) STATISTICS * blocks * Float.BYTES);
        cuda.launch(kernel)
                .tensor(dStudent)
                .tensor(combined)
                .address(partials)
                .tensor(inputs.student())
                .tensor(inputs.ensemble())
                .tensor(inputs.teacher())
                .tensor(inputs.labels())
                .tensor(inputs.sampleWeights())
                .int32(rows)
                .int32(classes)
                .int32(inputs.valid())
                .float32((float) (1.0 / inputs.valid()))
                .float32((float) options.alpha())
                .float32((float) options.temperature())
                .float32((float) (1.0 / options.temperature()))
                .float32((float) options.labelSmoothing())
                .float32((float) (options.labelSmoothing() / classes))
                .float32((float) options.ensembleWeight())
                .float32((float) options.studentWeight())
                .grid(blocks);
        cuda.launch(sum)
                .tensor(statistics)
                .address(partials)
                .int32(blocks)
                .int32(inputs.valid())
                .grid(1);
    }

    /** Kernels of 16 lanes count elements in 31 bits. */
    private Kernel kernelFor(int rows, int classes) {
        if (classes > 64 || (long) rows * classes > Integer.MAX_VALUE) {
            return anyLength;
        }
        if (classes <= 16) {
            return upTo16;
        }
        return classes <= 32 ? upTo32 : upTo64;
    }
}
