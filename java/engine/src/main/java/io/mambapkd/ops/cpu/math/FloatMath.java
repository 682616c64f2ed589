package io.mambapkd.ops.cpu.math;

/**
 * Elementary functions in float arithmetic: the same bits on every machine and JDK, which {@link Math} does not promise, and faster than
 * {@link StrictMath}. Relative errors are below 2.5 units in the last place.
 *
 * <p>The polynomials interpolate the exact function at Chebyshev nodes; their own error is below 1/5 of a unit in the last place.
 */
public final class FloatMath {
    private static final float LOG2_E = 1.442695f;
    /** ln 2 in two parts; products of the first with integers below 2^15 are exact. */
    private static final float LN2_HIGH = 0.6933594f;

    private static final float LN2_LOW = -2.1219444e-4f;
    /** 1.5 * 2^23: adding it rounds a float to an integer, found in the low bits of the sum. */
    private static final float ROUNDER = 12582912f;

    /** Where the exponential of arrays saturates. */
    private static final float BOUND = 87f;

    private static final float EXP_2 = 0.5f;
    private static final float EXP_3 = 0.16666576f;
    private static final float EXP_4 = 0.041666552f;
    private static final float EXP_5 = 0.008363247f;
    private static final float EXP_6 = 0.0013926268f;

    private static final float ATANH_3 = 0.6666667f;
    private static final float ATANH_5 = 0.39999706f;
    private static final float ATANH_7 = 0.28592363f;
    private static final float ATANH_9 = 0.21706484f;
    private static final float ATANH_11 = 0.23224804f;

    private FloatMath() {}

    /** {@code e^x}; underflows through the subnormal numbers to 0, overflows to infinity. */
    public static float exp(float x) {
        float bounded = Math.min(Math.max(x, -104f), 89f);
        float shifted = bounded * LOG2_E + ROUNDER;
        int power = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUNDER);
        // Two factors, because 2^power alone may be subnormal or infinite where the product is not.
        int half = power >> 1;
        return mantissa(bounded, shifted) * power(half) * power(power - half);
    }

    /**
     * {@code values[i] = e^values[i]} for the first {@code count} elements, with arguments held within -87 and 87: results are neither subnormal, which
     * would be slow, nor infinite. NaN stays NaN, and infinities become NaN.
     *
     * @param work {@code count} floats, overwritten
     */
    public static void exp(float[] values, int count, float[] work) {
        // The first two loops vectorise, but not in one, which would be too long; the third, with its integers, does
        // not.
        bound(values, count);
        mantissas(values, count, work);
        for (int i = 0; i < count; i++) {
            values[i] =
                    Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) + (Float.floatToRawIntBits(work[i]) << 23));
        }
    }

    private static void bound(float[] values, int count) {
        for (int i = 0; i < count; i++) {
            // x / (1 + 0) within the bounds, which is exact, and x * 87 / |x| outside. Not Math.min and Math.max:
            // whether they are vectorised
            // depends on which branch was taken while the method was still interpreted.
            float distance = Math.abs(values[i]) - BOUND;
            float excess = distance + Math.abs(distance);
            values[i] = values[i] / (1f + excess * (0.5f / BOUND));
        }
    }

    private static void mantissas(float[] values, int count, float[] powers) {
        for (int i = 0; i < count; i++) {
            float x = values[i];
            float shifted = x * LOG2_E + ROUNDER;
            powers[i] = shifted;
            values[i] = mantissa(x, shifted);
        }
    }

    /** e^x without its power of two: e^(x - n ln 2) with n = shifted - ROUNDER, in [0.7, 1.42]. */
    private static float mantissa(float x, float shifted) {
        float n = shifted - ROUNDER;
        float f = (x - n * LN2_HIGH) - n * LN2_LOW;
        float q = (((EXP_6 * f + EXP_5) * f + EXP_4) * f + EXP_3) * f + EXP_2;
        return q * (f * f) + f + 1f;
    }

    private static float power(int exponent) {
        return Float.intBitsToFloat((exponent + 127) << 23);
    }

    /** {@code log(1 + e)} for e in [0, 1]. */
    public static float log1p(float e) {
        // log(1 + e) = 2 atanh(e / (2 + e)); the argument is at most 1/3.
        float s = e / (2f + e);
        float v = s * s;
        float q = (((ATANH_11 * v + ATANH_9) * v + ATANH_7) * v + ATANH_5) * v + ATANH_3;
        return 2f * s + s * (v * q);
    }

    /** {@code log(1 + e^x)}; x itself above 20, e^x far below 0. */
    public static float softplus(float x) {
        return Math.max(x, 0f) + log1p(exp(-Math.abs(x)));
    }

    /** {@code 1 / (1 + e^-x)}. */
    public static float sigmoid(float x) {
        float e = exp(-Math.abs(x));
        float r = 1f / (1f + e);
        return x < 0f ? e * r : r;
    }
}
