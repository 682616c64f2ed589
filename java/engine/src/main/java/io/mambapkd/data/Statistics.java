package io.mambapkd.data;

import io.mambapkd.InputException;

/**
 * Mean and standard deviation of pixels over 255.
 *
 * @param mean in 0..1
 * @param standardDeviation above 0, or 0 where all pixels are equal
 */
record Statistics(float mean, float standardDeviation) {
    /**
     * Of the first {@code count} pixels.
     *
     * @throws InputException if all pixels are equal
     */
    static Statistics of(byte[] pixels, int count, String where) {
        Statistics statistics = of(pixels, count);
        if (statistics.standardDeviation() == 0) {
            throw new InputException("expected images that differ, got " + count + " equal pixel values, at " + where
                    + "; there is nothing to learn from");
        }
        return statistics;
    }

    /** Of the first {@code count} pixels; the deviation is 0 if all are equal. The sums are integers, so the result does not depend on any order. */
    static Statistics of(byte[] pixels, int count) {
        long sum = 0;
        long squares = 0;
        for (int i = 0; i < count; i++) {
            int value = pixels[i] & 0xff;
            sum += value;
            squares += (long) value * value;
        }
        double mean = (double) sum / count;
        double variance = (double) squares / count - mean * mean;
        // A single pixel that is off by one among 2^31 would give about 5e-10; what is below is rounding.
        double deviation = variance < 1e-10 ? 0 : Math.sqrt(variance);
        return new Statistics((float) (mean / 255), (float) (deviation / 255));
    }
}
