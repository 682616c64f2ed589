package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.cuda.options.CudaFailure;
import jcuda.driver.CUresult;

/** A call of the CUDA driver failed. The message names the call, its arguments, the status and the remedy. */
public final class CudaException extends CudaFailure {
    private static final long serialVersionUID = 1L;

    CudaException(int status, String message) {
        super(status, CudaStatus.origin(status), message);
    }

    /**
     * The failure of one call.
     *
     * @param call with its arguments, as in {@code cuMemAlloc(bytes=64)}
     */
    public static CudaException of(int status, String call) {
        if (CudaStatus.isSticky(status)) {
            return new CudaException(
                    status,
                    "the device reported " + name(status) + " in or before " + call
                            + "; this process cannot use it any more; " + CudaStatus.stickyRemedy(status));
        }
        return new CudaException(status, call + ": " + name(status) + CudaStatus.remedy(status));
    }

    /**
     * The failure of one kernel, known to be its own.
     *
     * @param launch the launch with its arguments
     */
    static CudaException inKernel(int status, String launch) {
        return new CudaException(
                status,
                "the device reported " + name(status) + " in " + launch + "; this process cannot use it any more");
    }

    private static String name(int status) {
        return status == CudaStatus.EXTERNAL_DEVICE ? "CUDA_ERROR_EXTERNAL_DEVICE" : CUresult.stringFor(status);
    }

    /** Whether the device had no room for what was asked. */
    public boolean isOutOfMemory() {
        return status() == CudaStatus.OUT_OF_MEMORY;
    }

    /** Whether no later call of this process on the device can succeed. */
    public boolean isSticky() {
        return CudaStatus.isSticky(status());
    }
}
