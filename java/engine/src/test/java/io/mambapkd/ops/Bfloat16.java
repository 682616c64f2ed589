package io.mambapkd.ops;

/** The numbers of BF16, for tests: written with a division where the kernels work on bits. */
public final class Bfloat16 {
    /** Largest relative error of one rounding: half of the distance of neighbours, of which there are 2^7 from a power of two to the next. */
    public static final double ROUNDING = 0x1p-8;

    private static final int LEAST_EXPONENT = -133;
    private static final int MANTISSA_BITS = 7;
    private static final float OVERFLOW = 0x1.FFp127f;

    private Bfloat16() {}

    /** The nearest number, that with an even last digit of two; infinite from half a step above the largest on. */
    public static float round(float value) {
        if (!Float.isFinite(value) || value == 0) {
            return value;
        }
        if (Math.abs(value) >= OVERFLOW) {
            return Math.copySign(Float.POSITIVE_INFINITY, value);
        }
        double step = Math.scalb(1.0, Math.max(Math.getExponent((double) value) - MANTISSA_BITS, LEAST_EXPONENT));
        return (float) Math.copySign(Math.rint(value / step) * step, value);
    }

    static float[] round(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = round(values[i]);
        }
        return rounded;
    }
}
