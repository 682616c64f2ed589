package io.mambapkd;

/**
 * Something outside the program is wrong: a file, an option, a configuration value, a folder, a machine.
 *
 * <p>The message is one sentence for the user that says what was expected, what was got, where, and what to do about
 * it. The command line prints it as it is and exits with code 2; it never prints a stack trace for this exception.
 */
public class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InputException(String message) {
        super(message);
    }

    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
