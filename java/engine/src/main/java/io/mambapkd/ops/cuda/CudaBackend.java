package io.mambapkd.ops.cuda;

import io.mambapkd.ops.ActivationOps;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.DropoutOps;
import io.mambapkd.ops.EmbeddingOps;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.GemmOps;
import io.mambapkd.ops.GradientAssembly;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.NormOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.PatchOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.PoolOps;
import io.mambapkd.ops.Readback;
import io.mambapkd.ops.Replay;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.checks.CopyChecks;
import io.mambapkd.ops.cuda.assembly.CudaAssembly;
import io.mambapkd.ops.cuda.checkup.CudnnProbe;
import io.mambapkd.ops.cuda.driver.CudaArena;
import io.mambapkd.ops.cuda.driver.CudaCopies;
import io.mambapkd.ops.cuda.driver.CudaReadback;
import io.mambapkd.ops.cuda.driver.DeviceClock;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.DeviceTraits;
import io.mambapkd.ops.cuda.driver.Releases;
import io.mambapkd.ops.cuda.driver.StepGraph;
import io.mambapkd.ops.cuda.fused.CudaFused;
import io.mambapkd.ops.cuda.kernels.CudaOperations;
import io.mambapkd.ops.cuda.libraries.CudaLibraries;
import io.mambapkd.ops.cuda.natives.Cublas13;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The CUDA backend: one device, one stream, kernels written for it, and cuBLAS and cuDNN on that stream. */
public final class CudaBackend implements Backend {
    private static final int COPY_BYTES = 1 << 20;

    private final DeviceContext context;
    private final CudaOptions options;
    private final CudaCopies copies;
    private final CudaOperations operations;
    private final CudaFused fused;
    private final CudaLibraries libraries;

    /**
     * Opens a device.
     *
     * @throws io.mambapkd.InputException if there is no driver, no such device, or one of them is too old
     */
    public CudaBackend(CudaOptions options) {
        this(options, COPY_BYTES);
    }

    /** @param copyBytes size of the pieces that copies from and to the host are made in */
    CudaBackend(CudaOptions options, int copyBytes) {
        this.options = options;
        // Before there is a context: a device in exclusive use has room for one process, and that is then the probe.
        @Nullable RuntimeException refusal = null;
        switch (options.libraries()) {
            case AT_ONCE -> CudnnProbe.require(options);
            case STARTED_WHEN_NEEDED -> refusal = CudnnProbe.refusal(options);
            case WHEN_NEEDED -> {}
        }
        context = DeviceContext.open(options);
        Releases undo = new Releases();
        undo.add(context::close);
        try {
            copies = new CudaCopies(context, copyBytes);
            undo.add(copies::close);
            operations = CudaOperations.in(context);
            fused = options.fusion() == CudaOptions.Fusion.FUSED ? CudaFused.in(context) : CudaFused.NONE;
            libraries = new CudaLibraries(context, options, operations.pointwise(), refusal);
        } catch (RuntimeException | Error failure) {
            undo.after(failure);
            throw failure;
        }
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String description() {
        return context.device().description() + (Cublas13.isInUse() ? ", " + Cublas13.NAME : "");
    }

    /** Name of the device, without its capability and driver. */
    public String deviceName() {
        return context.device().name();
    }

    /** The release of CUDA that the driver is of, such as {@code 12.8}. */
    public String driverRelease() {
        return context.device().cudaVersion();
    }

    @Override
    public boolean isEmulated() {
        return context.device().isEmulated();
    }

    /** What limits the speed of the device. */
    public DeviceTraits traits() {
        return context.device().traits();
    }

    /** Bytes of device memory that nothing has reserved. */
    public long freeBytes() {
        return context.room().freeBytes();
    }

    /** For kernels that are not among the operations of a backend. */
    public DeviceContext context() {
        return context;
    }

    /** A clock of the device, on the stream of this backend. */
    public DeviceClock newClock() {
        return new DeviceClock(context);
    }

    @Override
    public boolean supports(DType dtype) {
        return dtype != DType.BF16 || context.device().hasBfloat16Products();
    }

    @Override
    public boolean readsKernelsChannelsLast() {
        return true;
    }

    @Override
    public Arena newArena(String name, Arena.Layout layout) {
        return new CudaArena(
                context,
                name,
                layout,
                options.memory() == CudaOptions.MemoryLayout.SEPARATE
                        ? Arena.Blocks.PER_TENSOR
                        : Arena.Blocks.PER_TYPE);
    }

    @Override
    public void upload(float[] source, Tensor target) {
        CopyChecks.upload(source.length, DType.F32, target);
        copies.upload(target, (slot, from, count) -> slot.asFloatBuffer().put(source, from, count));
    }

    @Override
    public void upload(int[] source, Tensor target) {
        CopyChecks.upload(source.length, DType.I32, target);
        copies.upload(target, (slot, from, count) -> slot.asIntBuffer().put(source, from, count));
    }

    @Override
    public void upload(byte[] source, Tensor target) {
        CopyChecks.upload(source.length, DType.U8, target);
        copies.upload(target, (slot, from, count) -> slot.put(source, from, count));
    }

    @Override
    public void download(Tensor source, float[] target, int at) {
        CopyChecks.download(source, target, at);
        copies.download(source, (slot, from, count) -> slot.asFloatBuffer().get(target, at + from, count));
    }

    @Override
    public int[] downloadIntegers(Tensor source) {
        int[] target = new int[CopyChecks.downloadIntegers(source)];
        copies.download(source, (slot, from, count) -> slot.asIntBuffer().get(target, from, count));
        return target;
    }

    @Override
    public void zero(Tensor target) {
        CopyChecks.zero(target);
        context.zero(
                context.address(target),
                target.shape().elements() * target.dtype().bytes());
    }

    @Override
    public void copy(Tensor source, Tensor target) {
        CopyChecks.copy(source, target);
        copies.copy(source, target);
    }

    @Override
    public Replay replay(Runnable work) {
        return options.usesGraphs() ? new StepGraph(context, work) : Replay.eager(work);
    }

    @Override
    public Readback readback(Tensor source, int capacity) {
        return new CudaReadback(context, source, capacity);
    }

    @Override
    public long roomForData() {
        return context.room().freeBytes() / 2;
    }

    @Override
    public OptionalLong freeDeviceBytes() {
        return OptionalLong.of(freeBytes());
    }

    @Override
    public List<Fallback> fallbacks() {
        return libraries.fallbacks();
    }

    @Override
    public GemmOps gemm() {
        return libraries.gemm();
    }

    @Override
    public PointwiseOps pointwise() {
        return operations.pointwise();
    }

    @Override
    public ActivationOps activation() {
        return operations.activation();
    }

    @Override
    public NormOps norm() {
        return operations.norm();
    }

    @Override
    public Conv1dOps conv1d() {
        return operations.conv1d();
    }

    @Override
    public ScanOps scan() {
        return operations.scan();
    }

    @Override
    public PatchOps patch() {
        return operations.patch();
    }

    @Override
    public Conv2dOps conv2d() {
        return libraries.conv2d();
    }

    @Override
    public BatchNormOps batchNorm() {
        return operations.batchNorm();
    }

    @Override
    public PoolOps pool() {
        return operations.pool();
    }

    @Override
    public DropoutOps dropout() {
        return operations.dropout();
    }

    @Override
    public DistillationLossOps distillationLoss() {
        return operations.distillationLoss();
    }

    @Override
    public OptimizerOps optimizer() {
        return operations.optimizer();
    }

    @Override
    public ImagePipelineOps imagePipeline() {
        return operations.imagePipeline();
    }

    @Override
    public GradientAssembly assembly(Tensor gradients) {
        return new CudaAssembly(context, copies, gradients);
    }

    @Override
    public BlockOps block() {
        return fused.block();
    }

    @Override
    public EmbeddingOps embedding() {
        return fused.embedding();
    }

    @Override
    public HeadOps head() {
        return fused.head();
    }

    @Override
    public void close() {
        if (context.isOpen()) {
            Releases releases = new Releases();
            releases.add(context::close);
            releases.add(copies::close);
            releases.add(libraries::close);
            releases.add(context::enterToRelease);
            releases.all();
        }
    }
}
