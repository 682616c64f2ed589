package io.mambapkd.ops.cuda.failures;

/** A call of the driver, of cuBLAS or of cuDNN failed. The message names the call, its arguments and the status. */
public sealed interface CudaFailure permits UnusableDeviceException, CudaCallError {
    /** Where no call of this process returned a status. */
    int NO_STATUS = -1;

    /** What the driver (below 1000, 2 is no memory), cuBLAS (below 100, none is 2) or cuDNN (1000 and above) returned, or {@link #NO_STATUS}. */
    int status();
}
