package io.mambapkd;

/** This program did something that is never right: an internal error, which no change of the input or the machine mends. */
public class ProgramError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Problem problem;

    /** @param problem what was done, and a way around it */
    public ProgramError(Problem problem) {
        super(problem.sentence());
        this.problem = problem;
    }

    /** What the message was made from. */
    public final Problem problem() {
        return problem;
    }
}
