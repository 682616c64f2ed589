package io.mambapkd.bench.saves;

import java.util.List;

/**
 * A median, and the interval that holds the median of what was sampled with 95 % confidence: between two of the samples, whose ranks follow from the binomial distribution of how many
 * lie below it. Of fewer than six it reaches from the smallest to the largest, and its confidence is less.
 */
record MedianInterval(double median, double low, double high) {
    private static final double TAIL = 0.025;

    /** @param sorted at least one value, the smallest first, and at most 1000 */
    static MedianInterval of(List<Double> sorted) {
        int n = sorted.size();
        double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
        int below = Math.max(0, samplesInTail(n) - 1);
        return new MedianInterval(median, sorted.get(below), sorted.get(n - 1 - below));
    }

    /** The largest number r of samples so that fewer than r of them lie below the median with a probability of at most {@link #TAIL}. */
    private static int samplesInTail(int n) {
        double probability = Math.pow(0.5, n);
        double sum = probability;
        int r = 0;
        while (sum <= TAIL) {
            r++;
            probability *= (double) (n - r + 1) / r;
            sum += probability;
        }
        return r;
    }
}
