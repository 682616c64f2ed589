package io.mambapkd.kernels.mutants;

/**
 * What became of a mutation.
 *
 * @param by the test that failed; why there is none; empty for a survivor
 */
record Verdict(Outcome outcome, String by) {
    enum Outcome {
        /** A test failed. */
        KILLED("killed"),
        /** Every test passed: either a test is missing or the line is not needed. */
        SURVIVED("SURVIVED"),
        /** A survivor that no input can tell from the original. */
        EQUIVALENT("equivalent"),
        /** The compiler makes the same code without it, as in a branch that no kernel uses. */
        SAME_CODE("same code");

        final String word;

        Outcome(String word) {
            this.word = word;
        }
    }
}
