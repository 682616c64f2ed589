package io.mambapkd.ops.cuda.libraries;

import io.mambapkd.ops.cuda.options.CudaFailure;

/** A call of cuBLAS or cuDNN failed. The message names the call, its arguments, the status in words and the remedy. */
public final class LibraryException extends CudaFailure {
    private static final long serialVersionUID = 1L;

    /** Of no call of this process. */
    private static final int NO_STATUS = -1;

    LibraryException(int status, Origin origin, String message) {
        super(status, origin, message);
    }

    /** That of a library which was tried in another process and failed there. */
    static LibraryException cannotStart(String reason) {
        return new LibraryException(NO_STATUS, Origin.MACHINE, reason);
    }
}
