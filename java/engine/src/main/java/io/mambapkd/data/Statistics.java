package io.mambapkd.data;

import io.mambapkd.InputException;

/**
 * Mean and standard deviation of pixels over 255.
 *
 * @param mean in 0..1
 * @param standardDeviation above 0
 */
record Statistics(float mean, float standardDeviation) {
    /**
     * Of the first {@code count} pixels. The sums are integers, so the result does not depend on any order.
     *
     * @throws InputException if all pixels are equal
     */
    static Statistics of(byte[] pixels, int count, String where) {
        long sum = 0;
        long squares = 0;
        for (int i = 0; i < count; i++) {
            int value = pixels[i] & 0xff;
            sum += value;
            squares += (long) value * value;
        }
        double mean = (double) sum / count;
        double variance = (double) squares / count - mean * mean;
        // A single pixel that is off by one among 2^31 would give about 5e-10.
        if (variance < 1e-10) {
            throw new InputException("expected images that differ, got " + count + " equal pixel values, at " + where
                    + "; there is nothing to learn from");
        }
        return new Statistics((float) (mean / 255), (float) (Math.sqrt(variance) / 255));
    }
}
