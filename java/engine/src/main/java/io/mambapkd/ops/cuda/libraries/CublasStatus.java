package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.cuda.options.CudaFailure;
import java.util.function.Supplier;
import jcuda.jcublas.cublasStatus;

/** What the status of a call of cuBLAS means. */
public final class CublasStatus {
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

    /** The failure of one call. */
    public static LibraryException failure(int status, String call) {
        CudaFailure.Origin origin = switch (status) {
            case cublasStatus.CUBLAS_STATUS_INVALID_VALUE, cublasStatus.CUBLAS_STATUS_MAPPING_ERROR ->
                CudaFailure.Origin.PROGRAM;
            default -> CudaFailure.Origin.MACHINE;
        };
        return new LibraryException(status, origin, call + ": " + words(status));
    }

    private static String words(int status) {
        return switch (status) {
            case cublasStatus.CUBLAS_STATUS_NOT_INITIALIZED ->
                "CUBLAS_STATUS_NOT_INITIALIZED, cuBLAS could not start; does it fit the driver, and is memory left on the"
                        + " device?";
            case cublasStatus.CUBLAS_STATUS_ALLOC_FAILED ->
                "CUBLAS_STATUS_ALLOC_FAILED, the device has no room left for cuBLAS; use a smaller batch";
            case cublasStatus.CUBLAS_STATUS_INVALID_VALUE ->
                "CUBLAS_STATUS_INVALID_VALUE, cuBLAS does not take these arguments";
            case cublasStatus.CUBLAS_STATUS_ARCH_MISMATCH ->
                "CUBLAS_STATUS_ARCH_MISMATCH, this cuBLAS knows no device of this kind; install a newer one of CUDA 12";
            case cublasStatus.CUBLAS_STATUS_MAPPING_ERROR -> "CUBLAS_STATUS_MAPPING_ERROR, cuBLAS cannot reach memory";
            case cublasStatus.CUBLAS_STATUS_EXECUTION_FAILED ->
                "CUBLAS_STATUS_EXECUTION_FAILED, its kernel or one before it failed; run with MAMBA_PKD_CUDA_SYNC=1 to find"
                        + " which";
            case cublasStatus.CUBLAS_STATUS_INTERNAL_ERROR ->
                "CUBLAS_STATUS_INTERNAL_ERROR, cuBLAS failed inside; run with MAMBA_PKD_CUDA_SYNC=1 to see whether a kernel"
                        + " before it did";
            case cublasStatus.CUBLAS_STATUS_NOT_SUPPORTED ->
                "CUBLAS_STATUS_NOT_SUPPORTED, this cuBLAS cannot do that; install that of CUDA 12.6";
            default -> "cuBLAS status " + status;
        };
    }
}
