package io.mambapkd.ops.cuda.failures;

import java.util.Optional;
import java.util.stream.Stream;

/** This program made a call of the driver, of cuBLAS or of cuDNN that it should never have made: an internal error, which no change of the machine mends. */
public final class CudaCallError extends RuntimeException implements CudaFailure {
    private static final long serialVersionUID = 1L;

    private final int status;

    public CudaCallError(int status, String message) {
        super(message);
        this.status = status;
    }

    @Override
    public int status() {
        return status;
    }

    /** The first such error among a failure and its causes. */
    public static Optional<CudaCallError> in(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .filter(CudaCallError.class::isInstance)
                .map(CudaCallError.class::cast)
                .findFirst();
    }
}
