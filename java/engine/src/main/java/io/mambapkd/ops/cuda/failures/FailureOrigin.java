package io.mambapkd.ops.cuda.failures;

import io.mambapkd.Problem;

/** Who can mend a failed call. */
public enum FailureOrigin {
    /** The machine or its settings: memory, drivers, libraries, other processes, hardware; and device errors, which can be those of hardware. */
    MACHINE,
    /**
     * This program: it called something in a way that is never right. A status that it does not know is its own, too: nothing says that another machine would do better, and
     * {@code --device auto} must not hide it behind the CPU.
     */
    PROGRAM;

    /** The failure of a call with a status of this origin. */
    public RuntimeException failure(int status, Problem problem) {
        return this == MACHINE ? new UnusableDeviceException(status, problem) : new CudaCallError(status, problem);
    }
}
