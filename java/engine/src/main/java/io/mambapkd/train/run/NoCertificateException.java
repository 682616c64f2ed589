package io.mambapkd.train.run;

import io.mambapkd.InputException;
import io.mambapkd.Problem;

/** Nothing can be promised of the early exits of a chain. */
final class NoCertificateException extends InputException {
    private static final long serialVersionUID = 1L;

    NoCertificateException(Problem problem) {
        super(problem);
    }
}
