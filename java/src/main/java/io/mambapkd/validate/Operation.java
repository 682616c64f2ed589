package io.mambapkd.validate;

/**
 * What is compared.
 *
 * @param name of the operation family, as users select it
 * @param work draws extents and inputs from the trial, calls the backend, and hands the results to the trial
 */
record Operation(String name, Work work) {
    /** Must draw the same numbers in the same order on every backend. */
    @FunctionalInterface
    interface Work {
        void run(Trial trial);
    }
}
