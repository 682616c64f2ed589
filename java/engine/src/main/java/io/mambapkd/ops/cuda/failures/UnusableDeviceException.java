package io.mambapkd.ops.cuda.failures;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import jcuda.driver.CUresult;
import org.jspecify.annotations.Nullable;

/** The device, its driver or a library cannot do what was asked; a change of the machine or of the settings mends it. */
public sealed class UnusableDeviceException extends InputException implements CudaFailure permits DeviceLostException {
    private static final long serialVersionUID = 1L;

    private final int status;

    public UnusableDeviceException(int status, Problem problem) {
        this(status, problem, null);
    }

    UnusableDeviceException(int status, Problem problem, @Nullable Throwable cause) {
        super(problem, cause);
        this.status = status;
    }

    /** Where no call of this process returned a status. */
    public UnusableDeviceException(Problem problem, @Nullable Throwable cause) {
        this(NO_STATUS, problem, cause);
    }

    @Override
    public final int status() {
        return status;
    }

    /** Whether the driver had no device memory for what was asked. */
    public final boolean isOutOfMemory() {
        return status == CUresult.CUDA_ERROR_OUT_OF_MEMORY;
    }
}
