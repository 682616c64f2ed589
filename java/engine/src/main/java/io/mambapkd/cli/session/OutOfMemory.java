package io.mambapkd.cli.session;

import io.mambapkd.Problem;
import io.mambapkd.train.plan.MemoryCheck;
import java.util.Locale;
import java.util.Optional;

/** A heap that was too small after all, as what it is: a limit that the user may change. */
public final class OutOfMemory {
    private static final long MEBIBYTE = 1 << 20;

    private OutOfMemory() {}

    /** The failure, where it is the cause of another: threads wrap what ends them. */
    public static Optional<OutOfMemoryError> in(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError error) {
                return Optional.of(error);
            }
        }
        return Optional.empty();
    }

    /** Whether the system refuses threads, for which Java has the same kind of error. */
    public static boolean isOfThreads(Throwable failure) {
        return failure instanceof OutOfMemoryError
                && String.valueOf(failure.getMessage()).contains("native thread");
    }

    /** What to say of it where a model is trained or evaluated in batches. */
    public static Problem problem() {
        return problem("use smaller batches with --set teacher.batch=N and --set student.batch=N");
    }

    /** @param remedy beside a larger heap, as an imperative */
    public static Problem problem(String remedy) {
        long most = Runtime.getRuntime().maxMemory();
        // The options give half as much again, and so twice of what there is.
        long more = most / 3 * 4;
        return new Problem(
                String.format(Locale.ROOT, "the %,d MiB of memory that Java may use are not enough", most / MEBIBYTE),
                "allow more, as with MAMBA_PKD_OPTS='" + MemoryCheck.options(more) + "', or " + remedy);
    }
}
