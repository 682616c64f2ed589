package io.mambapkd.tensor;

/** Numbers of {@link DType#BF16} on the host, which keeps them in floats. */
public final class Narrow {
    private Narrow() {}

    /** The nearest number of BF16 to a finite one, halves to even. */
    public static float nearest(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
    }

    /** The nearest number of BF16, or NaN for what is not a number. */
    public static float rounded(float value) {
        return Float.isNaN(value) ? value : nearest(value);
    }
}
