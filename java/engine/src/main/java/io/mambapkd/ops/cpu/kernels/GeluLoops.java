package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.cpu.math.FloatMath;

/**
 * The exact GELU, {@code x Phi(x)} with the distribution function Phi of the normal distribution, and its slope {@code Phi(x) + x phi(x)}, on arrays of floats, in loops that
 * the compiler vectorises. Hendrycks and Gimpel (arXiv 1606.08415).
 *
 * <p>With {@code a = |x|}, {@code Phi(-a) = e^(-a^2/2) R(a)}, where R is a polynomial of {@code 1 / (1 + P a)} that was fitted to the exact ratio for a up to 13.3, beyond
 * which Phi(-a) is below the smallest normal float; the relative error of the fit is below 4e-8. The tail keeps its relative accuracy, but for the rounding of a^2/2. For
 * magnitudes up to 1e18, the root of the largest float.
 */
final class GeluLoops {
    private static final float P = 0.275f;
    private static final float R_1 = 0.10970036f;
    private static final float R_2 = 0.10982838f;
    private static final float R_3 = 0.10096919f;
    private static final float R_4 = 0.08360789f;
    private static final float R_5 = 0.07731921f;
    private static final float R_6 = -0.020138312f;
    private static final float R_7 = 0.11745706f;
    private static final float R_8 = -0.10473469f;
    private static final float R_9 = 0.025990935f;
    private static final float INVERSE_SQRT_TWO_PI = 0.3989423f;
    private static final float POSITIVE_STEP_1 = 0x1p127f;
    private static final float POSITIVE_STEP_2 = 0x1p24f;

    private GeluLoops() {}

    /**
     * {@code x[i] = GELU(x[i])} for the first {@code count} elements.
     *
     * @param density {@code count} floats, overwritten, as is {@code work}
     */
    static void values(float[] x, int count, float[] density, float[] work) {
        exponentials(x, count, density, work);
        for (int i = 0; i < count; i++) {
            float a = Math.abs(x[i]);
            x[i] = 0.5f * (x[i] + a) - a * (density[i] * ratio(a));
        }
    }

    /** {@code gradient[i] *= GELU'(x[i])}; arguments as in {@link #values}, but {@code x} is left as it is. */
    static void multiplyBySlopes(float[] gradient, float[] x, int count, float[] density, float[] work) {
        exponentials(x, count, density, work);
        tails(x, count, density, work);
        for (int i = 0; i < count; i++) {
            // 1 where x is above 0, else 0, without a branch: the two factors lift even the smallest float above 1.
            float positive = Math.min(1f, (x[i] + Math.abs(x[i])) * POSITIVE_STEP_1 * POSITIVE_STEP_2);
            float cdf = positive + work[i] * (1f - 2f * positive);
            gradient[i] *= cdf + x[i] * (INVERSE_SQRT_TWO_PI * density[i]);
        }
    }

    /** {@code density[i] = e^(-x[i]^2 / 2)}. */
    private static void exponentials(float[] x, int count, float[] density, float[] work) {
        for (int i = 0; i < count; i++) {
            density[i] = -0.5f * x[i] * x[i];
        }
        FloatMath.exp(density, count, work);
    }

    private static void tails(float[] x, int count, float[] density, float[] tails) {
        for (int i = 0; i < count; i++) {
            tails[i] = density[i] * ratio(Math.abs(x[i]));
        }
    }

    private static float ratio(float a) {
        float t = 1f / (1f + P * a);
        float high = (((R_9 * t + R_8) * t + R_7) * t + R_6) * t + R_5;
        return ((((high * t + R_4) * t + R_3) * t + R_2) * t + R_1) * t;
    }
}
