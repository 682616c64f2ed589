package io.mambapkd;

import org.jspecify.annotations.Nullable;

/**
 * Something outside the program is wrong: a file, an option, a configuration value, a folder, a machine.
 *
 * <p>The message is one sentence for the user that says what was expected, what was got, where, and what to do about
 * it. The command line prints it as it is and exits with code 2, or with that of its kind; it never prints a stack trace for this exception.
 */
public class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Problem problem;

    public InputException(Problem problem) {
        super(problem.sentence());
        this.problem = problem;
    }

    public InputException(Problem problem, @Nullable Throwable cause) {
        super(problem.sentence(), cause);
        this.problem = problem;
    }

    public InputException(String message) {
        this(new Problem(message, ""));
    }

    public InputException(String message, Throwable cause) {
        this(new Problem(message, ""), cause);
    }

    /** What the message was made from; all of the message is its text where no more is known. */
    public final Problem problem() {
        return problem;
    }
}
