package io.mambapkd.train;

import io.mambapkd.InputException;

/** A training whose loss or gradient is not finite any more. */
final class Diverged extends InputException {
    private static final long serialVersionUID = 1L;

    Diverged(String message) {
        super(message);
    }

    /** The same, and what is left of the run. */
    InputException with(String remains) {
        return new InputException(getMessage() + "; " + remains, this);
    }
}
