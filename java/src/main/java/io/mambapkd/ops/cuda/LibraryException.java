package io.mambapkd.ops.cuda;

import io.mambapkd.InputException;

/** A call of cuBLAS or cuDNN failed. The message names the call, its arguments, the status in words and the remedy. */
public final class LibraryException extends InputException {
    private static final long serialVersionUID = 1L;

    private final int status;

    LibraryException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** The library's own number for what went wrong. */
    public int status() {
        return status;
    }
}
