package io.mambapkd.bench.cpu;

import java.util.List;
import java.util.Locale;

/**
 * Throughputs of one subject, one per timed block.
 *
 * @param imagesPerSecond in the order of measurement, at least one
 */
public record Samples(List<Double> imagesPerSecond) {
    public Samples {
        imagesPerSecond = List.copyOf(imagesPerSecond);
        if (imagesPerSecond.isEmpty()) {
            throw new IllegalArgumentException("a median needs at least one block");
        }
    }

    /** Middle value, or the mean of the two in the middle. */
    public double median() {
        List<Double> sorted = imagesPerSecond.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Median, smallest and largest, as tables show them. */
    String text() {
        return String.format(Locale.ROOT, "%,.0f (%,.0f to %,.0f)", median(), minimum(), maximum());
    }

    public double minimum() {
        return imagesPerSecond.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    public double maximum() {
        return imagesPerSecond.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }
}
