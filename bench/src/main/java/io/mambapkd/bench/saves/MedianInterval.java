package io.mambapkd.bench.saves;

import java.util.List;

/**
 * A median, and the interval that holds the median of what was sampled with 95 % confidence: between two of the samples, whose ranks follow from the binomial distribution in its
 * normal approximation.
 */
record MedianInterval(double median, double low, double high) {
    private static final double NORMAL_QUANTILE = 1.96;

    /** @param sorted at least one value, the smallest first */
    static MedianInterval of(List<Double> sorted) {
        int n = sorted.size();
        double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
        int below = Math.max(0, (int) Math.floor((n - NORMAL_QUANTILE * Math.sqrt(n)) / 2) - 1);
        return new MedianInterval(median, sorted.get(below), sorted.get(n - 1 - below));
    }
}
