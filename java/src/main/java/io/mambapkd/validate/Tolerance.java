package io.mambapkd.validate;

/**
 * How far two correct implementations in float arithmetic may differ, relative to the largest value of a tensor.
 *
 * <p>Every product is rounded to 2^-24 relative; elementary functions have relative errors up to 2^-22, on either side. The errors of the terms of a
 * sum are independent, so that a sum of n terms has an error of about sqrt(n) roundings of its largest terms; a sum may itself be smaller than its
 * terms, which is why the largest value of the whole tensor is the scale. A factor of 16 stands for the chains of operations within one term.
 */
final class Tolerance {
    private static final double ROUNDING = 0x1p-24;
    private static final double CHAIN = 16;

    /** Whole training steps, whose errors pass through every operation of a model. */
    static final double STEP = 2e-4;

    private Tolerance() {}

    /** For elements that are sums of {@code terms} products. */
    static double ofSum(long terms) {
        return CHAIN * ROUNDING * (2 + Math.sqrt((double) terms));
    }

    /** For results that must be the same to the bit. */
    static double exact() {
        return 0;
    }
}
