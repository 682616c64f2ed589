package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.image.PixelSums;
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
     * @param where the images are, for messages
     * @throws InputException if all pixels of every channel are equal
     */
    static Statistics of(ImageSet images, String where) {
        Statistics statistics = of(images.sums());
        if (Collections.max(statistics.standardDeviation()) == 0) {
            String equal = images.shape().channels() == 1 ? " equal pixel values" : " pixel values of one colour";
            throw new InputException("expected images that differ, got "
                    + (long) images.size() * images.shape().elements() + equal + ", at " + where
                    + "; there is nothing to learn from");
        }
        List<Float> deviations = statistics.standardDeviation().stream()
                .map(deviation -> deviation == 0 ? 1f : deviation)
                .toList();
        return new Statistics(statistics.mean(), deviations);
    }

    /** Of each channel; the deviation of one is 0 if all its values are equal. */
    static Statistics of(PixelSums sums) {
        List<Float> means = new ArrayList<>();
        List<Float> deviations = new ArrayList<>();
        for (int channel = 0; channel < sums.plain().size(); channel++) {
            double mean = (double) sums.plain().get(channel) / sums.pixels();
            double variance = (double) sums.squares().get(channel) / sums.pixels() - mean * mean;
            // A single pixel that is off by one among 2^31 would give about 5e-10; what is below is rounding.
            double deviation = variance < 1e-10 ? 0 : Math.sqrt(variance);
            means.add((float) (mean / 255));
            deviations.add((float) (deviation / 255));
        }
        return new Statistics(means, deviations);
    }
}
