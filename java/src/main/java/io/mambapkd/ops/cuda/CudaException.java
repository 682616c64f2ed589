package io.mambapkd.ops.cuda;

import io.mambapkd.InputException;
import jcuda.driver.CUresult;

/** A call of the CUDA driver failed. The message names the call, its arguments, the status and the remedy. */
public final class CudaException extends InputException {
    private static final long serialVersionUID = 1L;

    private final int status;

    CudaException(int status, String message) {
        super(message);
        this.status = status;
    }

    /**
     * The failure of one call.
     *
     * @param call with its arguments, as in {@code cuMemAlloc(bytes=64)}
     */
    static CudaException of(int status, String call) {
        if (CudaStatus.isSticky(status)) {
            return new CudaException(
                    status,
                    "the device reported " + CUresult.stringFor(status) + " in or before " + call
                            + "; this process cannot use it any more; run with MAMBA_PKD_CUDA_SYNC=1 to find the kernel");
        }
        return new CudaException(status, call + ": " + CUresult.stringFor(status) + CudaStatus.remedy(status));
    }

    /**
     * The failure of one kernel, known to be its own.
     *
     * @param launch the launch with its arguments
     */
    static CudaException inKernel(int status, String launch) {
        return new CudaException(
                status,
                "the device reported " + CUresult.stringFor(status) + " in " + launch
                        + "; this process cannot use it any more");
    }

    /** The {@code CUresult} of the driver. */
    public int status() {
        return status;
    }

    /** Whether no later call of this process on the device can succeed. */
    public boolean isSticky() {
        return CudaStatus.isSticky(status);
    }
}
