package io.mambapkd.ops.cpu;

import io.mambapkd.Problem;
import io.mambapkd.ops.ActivationOps;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.DropoutOps;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.GemmOps;
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
import io.mambapkd.ops.cpu.blas.Blas;
import io.mambapkd.ops.cpu.blas.JavaBlas;
import io.mambapkd.ops.cpu.blas.OpenBlas;
import io.mambapkd.ops.cpu.dnnl.OneDnn;
import io.mambapkd.ops.cpu.dnnl.OneDnnConv2d;
import io.mambapkd.ops.cpu.kernels.CpuActivation;
import io.mambapkd.ops.cpu.kernels.CpuBatchNorm;
import io.mambapkd.ops.cpu.kernels.CpuConv1d;
import io.mambapkd.ops.cpu.kernels.CpuConv2d;
import io.mambapkd.ops.cpu.kernels.CpuDistillationLoss;
import io.mambapkd.ops.cpu.kernels.CpuDropout;
import io.mambapkd.ops.cpu.kernels.CpuGemm;
import io.mambapkd.ops.cpu.kernels.CpuImagePipeline;
import io.mambapkd.ops.cpu.kernels.CpuNorm;
import io.mambapkd.ops.cpu.kernels.CpuOptimizer;
import io.mambapkd.ops.cpu.kernels.CpuPatch;
import io.mambapkd.ops.cpu.kernels.CpuPointwise;
import io.mambapkd.ops.cpu.kernels.CpuPool;
import io.mambapkd.ops.cpu.kernels.CpuScan;
import io.mambapkd.ops.cpu.memory.CpuArena;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.memory.CpuReadback;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The CPU backend: heap arrays, a fixed set of threads, OpenBLAS where there is a binary for the machine. */
public final class CpuBackend implements Backend {
    private final Blas blas;
    private final Convolutions convolutions;
    private final CpuExecutor executor;
    private final GemmOps gemm;
    private final PointwiseOps pointwise;
    private final ActivationOps activation;
    private final NormOps norm;
    private final Conv1dOps conv1d;
    private final ScanOps scan;
    private final PatchOps patch;
    private final @Nullable OneDnnConv2d oneDnn;
    private final Conv2dOps conv2d;
    private final BatchNormOps batchNorm;
    private final PoolOps pool;
    private final DropoutOps dropout;
    private final DistillationLossOps distillationLoss;
    private final OptimizerOps optimizer;
    private final ImagePipelineOps imagePipeline;

    /** How convolutions are computed. */
    public enum Convolutions {
        /** As matrix products with the patches of the images: the specification, and what every machine can do. */
        PATCHES,
        /** By oneDNN, on a machine where {@link CpuBackend#oneDnnProblem} finds none. */
        ONE_DNN;

        /** What computes them: a library with what of the processor it uses, or {@code matrix products}. */
        public String description() {
            return switch (this) {
                case PATCHES -> "matrix products";
                case ONE_DNN -> OneDnn.description();
            };
        }
    }

    /** With OpenBLAS and oneDNN if the machine has them. */
    public CpuBackend(int threads) {
        this(threads, preferredBlas(), preferredConvolutions());
    }

    /** With convolutions as products of patches. */
    public CpuBackend(int threads, Blas blas) {
        this(threads, blas, Convolutions.PATCHES);
    }

    public CpuBackend(int threads, Blas blas, Convolutions convolutions) {
        this.convolutions = convolutions;
        this.blas = blas;
        executor = new CpuExecutor(threads, blas);
        gemm = new CpuGemm(executor, blas);
        pointwise = new CpuPointwise(executor);
        activation = new CpuActivation(executor);
        norm = new CpuNorm(executor);
        conv1d = new CpuConv1d(executor);
        scan = new CpuScan(executor);
        patch = new CpuPatch(executor);
        Conv2dOps patches = new CpuConv2d(executor, blas);
        oneDnn = convolutions == Convolutions.ONE_DNN ? new OneDnnConv2d(executor, patches, pointwise) : null;
        conv2d = oneDnn == null ? patches : oneDnn;
        batchNorm = new CpuBatchNorm(executor);
        pool = new CpuPool(executor);
        dropout = new CpuDropout(executor);
        distillationLoss = new CpuDistillationLoss(executor);
        optimizer = new CpuOptimizer(executor);
        imagePipeline = new CpuImagePipeline(executor);
    }

    /** The product in plain Java, whatever the machine has. */
    public static Blas javaBlas() {
        return new JavaBlas();
    }

    /** OpenBLAS, or {@link #javaBlas} where it cannot be loaded. */
    public static Blas preferredBlas() {
        return openBlasProblem().isEmpty() ? new OpenBlas() : javaBlas();
    }

    /** Why OpenBLAS is of no use on this machine, and what to do; empty where it can be loaded. */
    public static Optional<Problem> openBlasProblem() {
        return OpenBlasProblem.FOUND;
    }

    /** Why oneDNN is of no use on this machine, and what to do; empty where it can be used. */
    public static Optional<Problem> oneDnnProblem() {
        return OneDnn.problem();
    }

    /** oneDNN, or products of patches where it is of no use. */
    public static Convolutions preferredConvolutions() {
        return oneDnnProblem().isEmpty() ? Convolutions.ONE_DNN : Convolutions.PATCHES;
    }

    /** Loads it once: Java gives the reason to the first who tries, alone. */
    private static final class OpenBlasProblem {
        private static final Optional<Problem> FOUND = find();

        private static Optional<Problem> find() {
            try {
                OpenBlas.load();
                return Optional.empty();
            } catch (LinkageError failure) {
                return Optional.of(OpenBlas.problem(failure));
            }
        }
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return executor.threads() + (executor.threads() == 1 ? " thread, " : " threads, ") + blas.name()
                + " matrix products, convolutions by " + convolutions.description();
    }

    @Override
    public boolean supports(DType dtype) {
        return CpuArena.holds(dtype);
    }

    @Override
    public boolean roundsOperands() {
        return true;
    }

    @Override
    public Arena newArena(String name, Arena.Layout layout) {
        return new CpuArena(name, layout);
    }

    @Override
    public void upload(float[] source, Tensor target) {
        CopyChecks.upload(source.length, DType.F32, target);
        System.arraycopy(source, 0, CpuMemory.floats(target), CpuMemory.at(target), source.length);
    }

    @Override
    public void upload(int[] source, Tensor target) {
        CopyChecks.upload(source.length, DType.I32, target);
        System.arraycopy(source, 0, CpuMemory.integers(target), CpuMemory.at(target), source.length);
    }

    @Override
    public void upload(byte[] source, Tensor target) {
        CopyChecks.upload(source.length, DType.U8, target);
        System.arraycopy(source, 0, CpuMemory.bytes(target), CpuMemory.at(target), source.length);
    }

    @Override
    public void download(Tensor source, float[] target, int at) {
        CopyChecks.download(source, target, at);
        int count = Math.toIntExact(source.shape().elements());
        System.arraycopy(CpuMemory.floats(source), CpuMemory.at(source), target, at, count);
    }

    @Override
    public int[] downloadIntegers(Tensor source) {
        int count = CopyChecks.downloadIntegers(source);
        int at = CpuMemory.at(source);
        return Arrays.copyOfRange(CpuMemory.integers(source), at, at + count);
    }

    @Override
    public void zero(Tensor target) {
        CopyChecks.zero(target);
        int at = CpuMemory.at(target);
        int end = at + Math.toIntExact(target.shape().elements());
        switch (target.dtype()) {
            case F32 -> Arrays.fill(CpuMemory.floats(target), at, end, 0f);
            case I32 -> Arrays.fill(CpuMemory.integers(target), at, end, 0);
            case U8 -> Arrays.fill(CpuMemory.bytes(target), at, end, (byte) 0);
            case BF16 -> throw CpuArena.refusal(target.toString());
        }
    }

    @Override
    public void copy(Tensor source, Tensor target) {
        CopyChecks.copy(source, target);
        float[] from = CpuMemory.floats(source);
        float[] to = CpuMemory.floats(target);
        int columns = source.shape().last();
        for (int row = 0; row < source.shape().rows(); row++) {
            System.arraycopy(
                    from,
                    CpuMemory.at(source) + row * source.rowStride(),
                    to,
                    CpuMemory.at(target) + row * target.rowStride(),
                    columns);
        }
    }

    @Override
    public Replay replay(Runnable work) {
        return Replay.eager(work);
    }

    @Override
    public Readback readback(Tensor source, int capacity) {
        return new CpuReadback(source, capacity);
    }

    @Override
    public long roomForData() {
        return 0;
    }

    @Override
    public List<Fallback> fallbacks() {
        return oneDnn == null ? List.of() : oneDnn.fallbacks();
    }

    @Override
    public GemmOps gemm() {
        return gemm;
    }

    @Override
    public PointwiseOps pointwise() {
        return pointwise;
    }

    @Override
    public ActivationOps activation() {
        return activation;
    }

    @Override
    public NormOps norm() {
        return norm;
    }

    @Override
    public Conv1dOps conv1d() {
        return conv1d;
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
        return conv2d;
    }

    @Override
    public BatchNormOps batchNorm() {
        return batchNorm;
    }

    @Override
    public PoolOps pool() {
        return pool;
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
        executor.close();
    }
}
