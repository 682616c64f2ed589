package io.mambapkd.bench.result;

import java.util.Arrays;
import java.util.List;

/**
 * Times of one thing, in the order of measurement.
 *
 * @param microseconds one for each block; empty where the machine cannot tell
 */
public record Timing(List<Double> microseconds) {
    public Timing {
        microseconds = List.copyOf(microseconds);
    }

    public boolean isKnown() {
        return !microseconds.isEmpty();
    }

    /** Middle value, or the mean of the two in the middle. */
    public double median() {
        return quantile(0.5);
    }

    /**
     * The value below which a share of them lies, by linear interpolation between neighbours.
     *
     * @param share from 0 to 1
     */
    public double quantile(double share) {
        if (microseconds.isEmpty()) {
            throw new IllegalStateException("nothing was measured");
        }
        double[] sorted = microseconds.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
