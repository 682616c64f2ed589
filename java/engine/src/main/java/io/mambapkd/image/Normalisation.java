package io.mambapkd.image;

/**
 * Pixel values 0..255 to what models see: {@code value * scale + offset}, each operation rounded to float.
 */
public record Normalisation(float scale, float offset) {
    /** {@code (value / 255 - mean) / standardDeviation}. */
    public static Normalisation of(float mean, float standardDeviation) {
        return new Normalisation(
                (float) (1 / (255.0 * standardDeviation)), (float) (-(double) mean / standardDeviation));
    }

    public float apply(float value) {
        return value * scale + offset;
    }
}
