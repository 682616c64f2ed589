package io.mambapkd.checkpoint;

import io.mambapkd.InputException;
import io.mambapkd.Problem;

/** A file is whole and of a later version of the program. */
public final class NewerFormatException extends InputException {
    private static final long serialVersionUID = 1L;

    public NewerFormatException(String what, String version, String got, String where) {
        super(new Problem(
                "expected " + what + " of format " + version + ", got format " + got + ", at " + where,
                "use the version of the program that wrote it"));
    }
}
