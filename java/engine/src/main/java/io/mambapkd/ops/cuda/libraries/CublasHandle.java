package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.Write;
import io.mambapkd.ops.cuda.driver.CudaMemory;
import io.mambapkd.ops.cuda.driver.DeviceContext;
import io.mambapkd.ops.cuda.driver.DevicePointers;
import io.mambapkd.ops.cuda.driver.PinnedBuffer;
import io.mambapkd.ops.cuda.driver.Raw;
import io.mambapkd.ops.cuda.driver.Releases;
import io.mambapkd.ops.cuda.natives.NvidiaLibrary;
import io.mambapkd.ops.cuda.options.CudaOptions;
import io.mambapkd.tensor.DType;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasAtomicsMode;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasPointerMode;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/**
 * cuBLAS on the stream of a context, with a workspace of its own: that of a fixed size keeps its results the same on every run
 * and lets its calls be captured. Matrices are column-major, as cuBLAS has them.
 */
final class CublasHandle implements AutoCloseable {
    /** What NVIDIA recommends for devices of compute capability 9.0, and for those before. */
    private static final long WORKSPACE_BYTES_FROM_90 = 32L << 20;

    private static final long WORKSPACE_BYTES = 4L << 20;
    private static final int CAPABILITY_90 = 90;

    private final DeviceContext context;
    private final cublasHandle handle = new cublasHandle();
    private final CudaMemory workspace;
    private final PinnedBuffer scalars;
    private final Raw one;
    private final Raw zero;
    private final DevicePointers pointers = new DevicePointers();

    /** A matrix: where its first element is, its type, elements from a column to the next, and whether it enters transposed. */
    record Matrix(long address, DType dtype, int leading, int operation) {
        static final int AS_IT_IS = cublasOperation.CUBLAS_OP_N;
        static final int TRANSPOSED = cublasOperation.CUBLAS_OP_T;

        private int cublasType() {
            return dtype == DType.BF16 ? cudaDataType.CUDA_R_16BF : cudaDataType.CUDA_R_32F;
        }

        private String text() {
            return (operation == TRANSPOSED ? "T" : "N") + " ld " + leading + " " + dtype;
        }
    }

    /**
     * Loads cuBLAS and starts it.
     *
     * @throws io.mambapkd.InputException if it is missing, or does not fit the device
     */
    CublasHandle(DeviceContext context, CudaOptions options) {
        this.context = context;
        NvidiaLibrary.CUBLAS.load(options.libraryFolders());
        context.enter();
        CublasStatus.check(JCublas2.cublasCreate(handle), () -> "cublasCreate()");
        Releases undo = new Releases();
        undo.add(() -> JCublas2.cublasDestroy(handle));
        try {
            scalars = new PinnedBuffer(2L * Float.BYTES);
            undo.add(scalars::close);
            long bytes = context.device().capability() >= CAPABILITY_90 ? WORKSPACE_BYTES_FROM_90 : WORKSPACE_BYTES;
            workspace = context.allocate(bytes);
            undo.add(() -> context.free(workspace));
            configure(options);
        } catch (RuntimeException | Error failure) {
            undo.after(failure);
            throw failure;
        }
        scalars.contents().putFloat(0, 1f).putFloat(Float.BYTES, 0f);
        one = new Raw(scalars.address(0));
        zero = new Raw(scalars.address(Float.BYTES));
    }

    private void configure(CudaOptions options) {
        long bytes = workspace.bytes();
        // The stream before the workspace: a new stream takes the workspace away.
        CublasStatus.check(
                JCublas2.cublasSetStream(handle, new cudaStream_t(context.stream())), () -> "cublasSetStream()");
        CublasStatus.check(
                JCublas2.cublasSetWorkspace(handle, new Raw(workspace.address()), bytes),
                () -> "cublasSetWorkspace(bytes=" + bytes + ")");
        CublasStatus.check(
                JCublas2.cublasSetPointerMode(handle, cublasPointerMode.CUBLAS_POINTER_MODE_HOST),
                () -> "cublasSetPointerMode(HOST)");
        CublasStatus.check(
                JCublas2.cublasSetAtomicsMode(handle, cublasAtomicsMode.CUBLAS_ATOMICS_NOT_ALLOWED),
                () -> "cublasSetAtomicsMode(NOT_ALLOWED)");
        boolean rounded = options.products() == CudaOptions.Products.TF32;
        int inputs = rounded ? cublasMath.CUBLAS_TF32_TENSOR_OP_MATH : cublasMath.CUBLAS_DEFAULT_MATH;
        // Else sums of a product whose result is BF16 may be cut, and their pieces rounded before they are added.
        int math = inputs | cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
        CublasStatus.check(JCublas2.cublasSetMathMode(handle, math), () -> "cublasSetMathMode(" + math + ")");
    }

    /** {@code c = a b} or {@code c += a b}, with {@code c} (m, n) and an inner dimension of {@code k}. */
    void multiply(int m, int n, int k, Matrix a, Matrix b, Write write, Matrix c) {
        context.enter();
        if (a.dtype() != DType.F32) {
            multiplyTyped(m, n, k, a, b, write, c);
            return;
        }
        int status = JCublas2.cublasSgemm(
                handle,
                a.operation(),
                b.operation(),
                m,
                n,
                k,
                one,
                pointers.at(a.address()),
                a.leading(),
                pointers.at(b.address()),
                b.leading(),
                write == Write.ADD ? one : zero,
                pointers.at(c.address()),
                c.leading());
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw CublasStatus.failure(status, "cublasSgemm(" + text(m, n, k, a, b, write, c) + ")");
        }
    }

    private void multiplyTyped(int m, int n, int k, Matrix a, Matrix b, Write write, Matrix c) {
        int status = JCublas2.cublasGemmEx_new(
                handle,
                a.operation(),
                b.operation(),
                m,
                n,
                k,
                one,
                pointers.at(a.address()),
                a.cublasType(),
                a.leading(),
                pointers.at(b.address()),
                b.cublasType(),
                b.leading(),
                write == Write.ADD ? one : zero,
                pointers.at(c.address()),
                c.cublasType(),
                c.leading(),
                cublasComputeType.CUBLAS_COMPUTE_32F,
                cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw CublasStatus.failure(status, "cublasGemmEx(" + text(m, n, k, a, b, write, c) + ")");
        }
    }

    /** {@code count} products {@code c = a b}; the matrices of each begin so many elements after those of the one before. */
    void multiplyAll(
            int count, int m, int n, int k, Matrix a, long strideA, Matrix b, long strideB, Matrix c, long strideC) {
        context.enter();
        if (a.dtype() != DType.F32) {
            multiplyAllTyped(count, m, n, k, a, strideA, b, strideB, c, strideC);
            return;
        }
        int status = JCublas2.cublasSgemmStridedBatched(
                handle,
                a.operation(),
                b.operation(),
                m,
                n,
                k,
                one,
                pointers.at(a.address()),
                a.leading(),
                strideA,
                pointers.at(b.address()),
                b.leading(),
                strideB,
                zero,
                pointers.at(c.address()),
                c.leading(),
                strideC,
                count);
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw CublasStatus.failure(
                    status,
                    "cublasSgemmStridedBatched(count=" + count + ", " + text(m, n, k, a, b, Write.OVERWRITE, c)
                            + ", strides " + strideA + ", " + strideB + ", " + strideC + ")");
        }
    }

    private void multiplyAllTyped(
            int count, int m, int n, int k, Matrix a, long strideA, Matrix b, long strideB, Matrix c, long strideC) {
        int status = JCublas2.cublasGemmStridedBatchedEx_new(
                handle,
                a.operation(),
                b.operation(),
                m,
                n,
                k,
                one,
                pointers.at(a.address()),
                a.cublasType(),
                a.leading(),
                strideA,
                pointers.at(b.address()),
                b.cublasType(),
                b.leading(),
                strideB,
                zero,
                pointers.at(c.address()),
                c.cublasType(),
                c.leading(),
                strideC,
                count,
                cublasComputeType.CUBLAS_COMPUTE_32F,
                cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw CublasStatus.failure(
                    status,
                    "cublasGemmStridedBatchedEx(count=" + count + ", " + text(m, n, k, a, b, Write.OVERWRITE, c)
                            + ", strides " + strideA + ", " + strideB + ", " + strideC + ")");
        }
    }

    private static String text(int m, int n, int k, Matrix a, Matrix b, Write write, Matrix c) {
        return "m=" + m + ", n=" + n + ", k=" + k + ", a " + a.text() + ", b " + b.text() + ", c ld " + c.leading()
                + ", " + write;
    }

    /** Gives the workspace back. To be called before the context is closed. */
    @Override
    public void close() {
        JCublas2.cublasDestroy(handle);
        context.free(workspace);
        scalars.close();
    }
}
