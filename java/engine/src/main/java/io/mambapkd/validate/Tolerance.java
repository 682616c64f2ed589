package io.mambapkd.validate;

/**
 * How far two correct implementations in float arithmetic may differ, relative to the largest value of a tensor.
 *
 * <p>Every product is rounded to 2^-24 relative; elementary functions have relative errors up to 2^-22, on either side. The errors of the terms of a
 * sum are independent, so that a sum of n terms has an error of about sqrt(n) roundings of its largest terms; a sum may itself be smaller than its
 * terms, which is why the largest value of the whole tensor is the scale. A factor of 16 stands for the chains of operations within one term.
 */
public final class Tolerance {
    private static final double ROUNDING = 0x1p-24;
    private static final double CHAIN = 16;
    /** Of BF16, whose mantissa has 8 digits. */
    private static final double NARROW_ROUNDING = 0x1p-8;

    /**
     * Of log(1 + e^x), a polynomial in e^x. Near 0, where its largest value is log 2, the exponential's error of 2^-22 counts with 1 / (2 log 2), for 2.9
     * roundings; the reciprocal's two units count in full; one rounding each for the last sum and for the other side.
     */
    static final double SOFTPLUS = 7 * ROUNDING;

    /**
     * Of values in [999, 1001] of which the mean is taken away: the mean is rounded to half a unit of 1000, 2^-15, which is 5.3e-5 of their deviation of 0.58;
     * the largest normalised value is about 1.7 and the factors of the bias come on top.
     */
    static final double FAR_FROM_ZERO = 6e-5;

    /** Whole training steps, whose errors pass through every operation of a model. */
    static final double STEP = 2e-4;

    /**
     * Logits, loss and gradient norm of whole training steps in BF16. A dozen roundings of 2^-8 lie on the way to the logits; the errors of small batches are not averaged.
     */
    static final double NARROW_STEP = 0.1;

    /** Single gradients of such a step: where a rounding changes the sign of a value, a ReLU lets all of a gradient through or none. */
    static final double NARROW_GRADIENT = 0.5;

    private Tolerance() {}

    /** For elements that are sums of {@code terms} products. */
    public static double ofSum(long terms) {
        return CHAIN * ROUNDING * (2 + Math.sqrt((double) terms));
    }

    /** For elements that are such sums, rounded to BF16 that many times. */
    public static double rounded(int roundings, long terms) {
        return roundings * NARROW_ROUNDING + ofSum(terms);
    }

    /** For results that must be the same to the bit. */
    public static double exact() {
        return 0;
    }
}
