package io.mambapkd.ops.cuda;

/** A call of cuBLAS or cuDNN failed. The message names the call, its arguments, the status in words and the remedy. */
public final class LibraryException extends CudaFailure {
    private static final long serialVersionUID = 1L;

    LibraryException(int status, Origin origin, String message) {
        super(status, origin, message);
    }
}
