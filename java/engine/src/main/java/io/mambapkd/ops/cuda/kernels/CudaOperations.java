package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ActivationOps;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.DropoutOps;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.NormOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.PatchOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.PoolOps;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cuda.driver.CudaContext;

/** The operation families that are kernels of our own. A new family is added here, and nowhere else. */
public record CudaOperations(
        ActivationOps activation,
        BatchNormOps batchNorm,
        Conv1dOps conv1d,
        DistillationLossOps distillationLoss,
        DropoutOps dropout,
        ImagePipelineOps imagePipeline,
        NormOps norm,
        OptimizerOps optimizer,
        PatchOps patch,
        PointwiseOps pointwise,
        PoolOps pool,
        ScanOps scan) {
    /** Looks up every kernel of every family. */
    public static CudaOperations in(CudaContext cuda) {
        return new CudaOperations(
                new CudaActivation(cuda),
                new CudaBatchNorm(cuda),
                new CudaConv1d(cuda),
                new CudaDistillationLoss(cuda),
                new CudaDropout(cuda),
                new CudaImagePipeline(cuda),
                new CudaNorm(cuda),
                new CudaOptimizer(cuda),
                new CudaPatch(cuda),
                new CudaPointwise(cuda),
                new CudaPool(cuda),
                new CudaScan(cuda));
    }
}
