package io.mambapkd.ops.cuda;

import io.mambapkd.ops.ActivationOps;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.DropoutOps;
import io.mambapkd.ops.GemmOps;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.NormOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.PatchOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.PoolOps;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;

/** The CUDA backend: one device, one stream, kernels written for it. */
@SuppressWarnings("DoNotCallSuggester") // Nothing works yet.
public final class CudaBackend implements Backend {
    private final CudaContext context;
    private final ScanOps scan;
    private final PatchOps patch;
    private final DropoutOps dropout;
    private final DistillationLossOps distillationLoss;
    private final OptimizerOps optimizer;
    private final ImagePipelineOps imagePipeline;

    public CudaBackend(CudaOptions options) {
        context = new CudaContext(options);
        scan = new CudaScan(context);
        patch = new CudaPatch(context);
        dropout = new CudaDropout(context);
        distillationLoss = new CudaDistillationLoss(context);
        optimizer = new CudaOptimizer(context);
        imagePipeline = new CudaImagePipeline(context);
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String description() {
        throw missing("description");
    }

    @Override
    public Arena newArena(String name, Arena.Layout layout) {
        return new CudaArena(name, layout);
    }

    @Override
    public void upload(float[] source, Tensor target) {
        throw missing("upload");
    }

    @Override
    public void upload(int[] source, Tensor target) {
        throw missing("upload");
    }

    @Override
    public void upload(byte[] source, Tensor target) {
        throw missing("upload");
    }

    @Override
    public void download(Tensor source, float[] target, int at) {
        throw missing("download");
    }

    @Override
    public void zero(Tensor target) {
        throw missing("zero");
    }

    @Override
    public void copy(Tensor source, Tensor target) {
        throw missing("copy");
    }

    @Override
    public GemmOps gemm() {
        throw missing("gemm");
    }

    @Override
    public PointwiseOps pointwise() {
        throw missing("pointwise");
    }

    @Override
    public ActivationOps activation() {
        throw missing("activation");
    }

    @Override
    public NormOps norm() {
        throw missing("norm");
    }

    @Override
    public Conv1dOps conv1d() {
        throw missing("conv1d");
    }

    @Override
    public ScanOps scan() {
        return scan;
    }

    @Override
    public PatchOps patch() {
        return patch;
    }

    @Override
    public Conv2dOps conv2d() {
        throw missing("conv2d");
    }

    @Override
    public BatchNormOps batchNorm() {
        throw missing("batchNorm");
    }

    @Override
    public PoolOps pool() {
        throw missing("pool");
    }

    @Override
    public DropoutOps dropout() {
        return dropout;
    }

    @Override
    public DistillationLossOps distillationLoss() {
        return distillationLoss;
    }

    @Override
    public OptimizerOps optimizer() {
        return optimizer;
    }

    @Override
    public ImagePipelineOps imagePipeline() {
        return imagePipeline;
    }

    @Override
    public void close() {
        context.close();
    }

    private static UnsupportedOperationException missing(String what) {
        return new UnsupportedOperationException(what + " is not built yet for CUDA");
    }
}
