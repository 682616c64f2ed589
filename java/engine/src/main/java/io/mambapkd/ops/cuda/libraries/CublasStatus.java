package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.Problem;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.UnusableDeviceException;
import java.util.function.Supplier;
import jcuda.jcublas.cublasStatus;

/** What the status of a call of cuBLAS means. */
public final class CublasStatus {
    /** Not in JCuda's list. */
    private static final int LICENSE_ERROR = 16;

    private CublasStatus() {}

    /**
     * Refuses every status but success.
     *
     * @param call the call with its arguments, asked for on failure only
     */
    public static void check(int status, Supplier<String> call) {
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw failure(status, call.get());
        }
    }

    /** The failure of one call: an {@link UnusableDeviceException} or a {@link CudaCallError}; that of an unknown status is the latter. */
    public static RuntimeException failure(int status, String call) {
        return switch (status) {
            case cublasStatus.CUBLAS_STATUS_NOT_INITIALIZED ->
                machine(
                        status,
                        call,
                        "cuBLAS could not start",
                        "see with nvidia-smi whether it fits the driver and whether the device has memory left, or use --device cpu");
            case cublasStatus.CUBLAS_STATUS_ALLOC_FAILED ->
                machine(status, call, "the device has no room left for cuBLAS", "use a smaller batch");
            case cublasStatus.CUBLAS_STATUS_ARCH_MISMATCH ->
                machine(status, call, "this cuBLAS knows no device of this kind", "install a newer one of CUDA 12");
            case cublasStatus.CUBLAS_STATUS_EXECUTION_FAILED ->
                machine(
                        status,
                        call,
                        "its kernel or one before it failed",
                        "run with MAMBA_PKD_CUDA_SYNC=1 to find which");
            case cublasStatus.CUBLAS_STATUS_INTERNAL_ERROR ->
                machine(
                        status,
                        call,
                        "cuBLAS failed inside",
                        "run with MAMBA_PKD_CUDA_SYNC=1 to see whether a kernel before it did");
            case cublasStatus.CUBLAS_STATUS_NOT_SUPPORTED ->
                machine(status, call, "this cuBLAS cannot do that", "install that of CUDA 12.6");
            case LICENSE_ERROR ->
                machine(status, call, "cuBLAS lacks a licence", "use another with --cuda-libs FOLDER, or --device cpu");
            case cublasStatus.CUBLAS_STATUS_INVALID_VALUE ->
                program(status, call, ", cuBLAS does not take these arguments");
            case cublasStatus.CUBLAS_STATUS_MAPPING_ERROR -> program(status, call, ", cuBLAS cannot reach memory");
            default -> program(status, call, "");
        };
    }

    private static RuntimeException machine(int status, String call, String words, String remedy) {
        return new UnusableDeviceException(status, new Problem(call + ": " + name(status) + ", " + words, remedy));
    }

    private static RuntimeException program(int status, String call, String words) {
        return new CudaCallError(status, call + ": " + name(status) + words);
    }

    private static String name(int status) {
        String known = cublasStatus.stringFor(status);
        return known.startsWith("CUBLAS") ? known : "cuBLAS status " + status;
    }
}
