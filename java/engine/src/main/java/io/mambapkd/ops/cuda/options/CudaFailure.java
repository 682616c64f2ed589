package io.mambapkd.ops.cuda.options;

import io.mambapkd.InputException;

/** A call of the driver, of cuBLAS or of cuDNN failed. */
public abstract class CudaFailure extends InputException {
    private static final long serialVersionUID = 1L;

    /** Who can mend it. */
    public enum Origin {
        /** The machine or its settings: memory, drivers, libraries, other processes, hardware; and device errors, which can be those of hardware. */
        MACHINE,
        /** This program: it called something in a way that is never right. */
        PROGRAM
    }

    private final int status;
    private final Origin origin;

    public CudaFailure(int status, Origin origin, String message) {
        super(message);
        this.status = status;
        this.origin = origin;
    }

    /** What the library that failed returned. */
    public final int status() {
        return status;
    }

    public final Origin origin() {
        return origin;
    }
}
