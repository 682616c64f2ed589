package io.mambapkd.ops.cpu.math;

/** The complementary error function in double precision, for the exact GELU. Abramowitz and Stegun, 7.1.6 and 7.1.14. */
public final class ErrorFunction {
    private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;
    private static final double SERIES_BELOW = 2.5;
    private static final int FRACTION_TERMS = 60;

    private ErrorFunction() {}

    /** {@code 2/sqrt(pi) * integral from x to infinity of e^(-t^2) dt}, relative error below 1e-11. */
    public static double erfc(double x) {
        if (x < 0) {
            return 2 - erfc(-x);
        }
        return x < SERIES_BELOW ? 1 - series(x) : fraction(x);
    }

    /** erf(x) = 2/sqrt(pi) e^(-x^2) sum over n of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)): no term is negative. */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; term > 1e-18 * sum; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return TWO_OVER_SQRT_PI * StrictMath.exp(-x * x) * sum;
    }

    /** sqrt(pi) e^(x^2) erfc(x) = 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...)))), from its end. */
    private static double fraction(double x) {
        double tail = x;
        for (int n = FRACTION_TERMS; n >= 1; n--) {
            tail = x + 0.5 * n / tail;
        }
        return TWO_OVER_SQRT_PI / 2 * StrictMath.exp(-x * x) / tail;
    }
}
