package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;

/** The error of a tensor relative to its Euclidean norm: errors of neighbours are independent, so that they do not add up in it. */
final class EuclideanError {
    /** Products that underflow may be lost: 2^-126 each, far below any other term. */
    private static final double LOST = 1e-30;

    private EuclideanError() {}

    /** Demands an error of at most {@code tolerance} times the norm of what is expected, and names the worst element. */
    static void assertWithin(String name, float[] actual, double[] expected, double tolerance) {
        assertThat(actual).as(name).hasSameSizeAs(expected);
        double errors = 0;
        double squares = 0;
        int worst = 0;
        for (int i = 0; i < actual.length; i++) {
            double error = Math.abs(actual[i] - expected[i]);
            errors += error * error;
            squares += expected[i] * expected[i];
            if (!(error <= Math.abs(actual[worst] - expected[worst]))) {
                worst = i;
            }
        }
        assertThat(Math.sqrt(errors))
                .as(
                        "%s: error in the norm; the worst is [%d]: %.9g, expected %.9g",
                        name, worst, actual[worst], expected[worst])
                .isLessThanOrEqualTo(tolerance * Math.sqrt(squares) + LOST);
    }
}
