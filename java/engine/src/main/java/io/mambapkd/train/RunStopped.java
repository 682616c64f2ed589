package io.mambapkd.train;

/** The user asked the run to stop, and it did. What was finished before is in the run folder. */
public final class RunStopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunStopped(String message) {
        super(message);
    }
}
