package io.mambapkd.data;

import io.mambapkd.InputException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Mean and standard deviation of pixels over 255, of each channel or of all together.
 *
 * @param mean in 0..1
 * @param standardDeviation as many; above 0, or 0 where all pixels are equal
 */
record Statistics(List<Float> mean, List<Float> standardDeviation) {
    Statistics {
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
    }

    /** Of images of one channel. */
    Statistics(float mean, float standardDeviation) {
        this(List.of(mean), List.of(standardDeviation));
    }

    /**
     * What images are normalised with: those of each channel. A channel whose pixels are all equal gets the deviation 1.
     *
     * @param count number of pixel values, from the start
     * @param channels C; channels are last
     * @throws InputException if all pixels of every channel are equal
     */
    static Statistics of(byte[] pixels, int count, int channels, String where) {
        Statistics statistics = of(pixels, count, channels);
        if (Collections.max(statistics.standardDeviation()) == 0) {
            String equal = channels == 1 ? " equal pixel values" : " pixel values of one colour";
            throw new InputException("expected images that differ, got " + count + equal + ", at " + where
                    + "; there is nothing to learn from");
        }
        List<Float> deviations = statistics.standardDeviation().stream()
                .map(deviation -> deviation == 0 ? 1f : deviation)
                .toList();
        return new Statistics(statistics.mean(), deviations);
    }

    /**
     * Of the first {@code count} pixel values, with channels last; the deviation of a channel is 0 if all its values are equal. The sums are integers, so the
     * result does not depend on any order.
     */
    static Statistics of(byte[] pixels, int count, int channels) {
        List<Float> means = new ArrayList<>();
        List<Float> deviations = new ArrayList<>();
        for (int channel = 0; channel < channels; channel++) {
            long sum = 0;
            long squares = 0;
            for (int i = channel; i < count; i += channels) {
                int value = pixels[i] & 0xff;
                sum += value;
                squares += (long) value * value;
            }
            int values = count / channels;
            double mean = (double) sum / values;
            double variance = (double) squares / values - mean * mean;
            // A single pixel that is off by one among 2^31 would give about 5e-10; what is below is rounding.
            double deviation = variance < 1e-10 ? 0 : Math.sqrt(variance);
            means.add((float) (mean / 255));
            deviations.add((float) (deviation / 255));
        }
        return new Statistics(means, deviations);
    }
}
