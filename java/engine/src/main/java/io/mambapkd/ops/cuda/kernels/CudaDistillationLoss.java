package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.checks.DistillationLossChecks;
import io.mambapkd.ops.cuda.driver.CudaContext;
import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A thread for each row of up to 32 classes, a warp for each longer one; a second kernel sums the statistics. */
final class CudaDistillationLoss implements DistillationLossOps {
    private static final String FAMILY = "distillation_loss";
    private static final int THREAD_ROWS_PER_BLOCK = 64;
    private static final int WARP_ROWS_PER_BLOCK = 8;

    private final CudaContext cuda;
    private final Kernel upTo4;
    private final Kernel upTo8;
    private final Kernel upTo16;
    private final Kernel upTo32;
    private final Kernel anyLength;
    private final Kernel sum;

    CudaDistillationLoss(CudaContext cuda) {
        this.cuda = cuda;
        upTo4 = cuda.kernel(FAMILY, "distillation_loss_k4_f32");
        upTo8 = cuda.kernel(FAMILY, "distillation_loss_k8_f32");
        upTo16 = cuda.kernel(FAMILY, "distillation_loss_k16_f32");
        upTo32 = cuda.kernel(FAMILY, "distillation_loss_k32_f32");
        anyLength = cuda.kernel(FAMILY, "distillation_loss_warp_f32");
        sum = cuda.kernel(FAMILY, "distillation_loss_statistics_f32");
    }

    @Override
    public void lossAndGradient(
            Options options, Inputs inputs, Tensor dStudent, @Nullable Tensor combined, Tensor statistics) {
        DistillationLossChecks.arguments(options, inputs, dStudent, combined, statistics);
        int rows = inputs.student().shape().extent(0);
        int classes = inputs.student().shape().last();
        Kernel kernel = kernelFor(classes);
        int blocks = Grids.blocks(rows, kernel == anyLength ? WARP_ROWS_PER_BLOCK : THREAD_ROWS_PER_BLOCK);
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
                .float32((float) options.alpha())
                .float32((float) options.temperature())
                .float32((float) options.labelSmoothing())
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

    private Kernel kernelFor(int classes) {
        if (classes <= 4) {
            return upTo4;
        }
        if (classes <= 8) {
            return upTo8;
        }
        if (classes <= 16) {
            return upTo16;
        }
        return classes <= 32 ? upTo32 : anyLength;
    }
}
