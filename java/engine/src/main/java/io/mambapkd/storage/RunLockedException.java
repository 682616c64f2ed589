package io.mambapkd.storage;

import io.mambapkd.InputException;
import io.mambapkd.Problem;

/** Another process uses the run folder. */
public final class RunLockedException extends InputException {
    private static final long serialVersionUID = 1L;

    public RunLockedException(Problem problem) {
        super(problem);
    }
}
