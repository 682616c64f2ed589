package io.mambapkd.ops.cuda.failures;

import io.mambapkd.Problem;
import io.mambapkd.ProgramError;
import java.util.Optional;
import java.util.stream.Stream;

/** This program made a call of the driver, of cuBLAS or of cuDNN that it should never have made: an internal error, which no change of the machine mends. */
public final class CudaCallError extends ProgramError implements CudaFailure {
    private static final long serialVersionUID = 1L;

    private static final String WITHOUT_CUDA = "--device cpu does without CUDA";

    private final int status;

    /** @param problem the call; without a remedy it gets that of doing without CUDA */
    public CudaCallError(int status, Problem problem) {
        super(problem.remedy().isEmpty() ? new Problem(problem.text(), WITHOUT_CUDA) : problem);
        this.status = status;
    }

    public CudaCallError(int status, String text) {
        this(status, new Problem(text, ""));
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
