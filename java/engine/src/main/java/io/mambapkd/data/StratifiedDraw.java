package io.mambapkd.data;

import io.mambapkd.random.Permutation;
import io.mambapkd.random.Purpose;
import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Draws images from each class in proportion to its images, and leaves at least one of each class. */
final class StratifiedDraw {
    /** Not the seed of a run, so that all runs on the same data share what is drawn. */
    private static final long SEED = 0;

    private final byte[] labels;
    private final int[] counts;
    private final Purpose purpose;

    private StratifiedDraw(byte[] labels, int classes, Purpose purpose) {
        this.labels = labels;
        this.purpose = purpose;
        counts = new int[classes];
        for (byte label : labels) {
            counts[label & 0xff]++;
        }
    }

    /**
     * @param labels (n) of all images, in 0..classes-1
     * @param number of images to draw: at most n less the number of classes that occur
     * @param purpose of the draw; draws of different purposes are independent
     * @return positions in {@code labels}
     */
    static BitSet of(byte[] labels, int classes, int number, Purpose purpose) {
        return new StratifiedDraw(labels, classes, purpose).draw(number);
    }

    /** How many of each class: the largest remainders are rounded up, and one of each class stays. */
    private int[] quotas(int number) {
        int total = labels.length;
        int[] quotas = new int[counts.length];
        int left = number;
        for (int c = 0; c < counts.length; c++) {
            quotas[c] = (int) ((long) number * counts[c] / total);
            left -= quotas[c];
        }
        int[] byRemainder = IntStream.range(0, counts.length)
                .boxed()
                .sorted(Comparator.comparing((Integer c) -> -((long) number * counts[c] % total))
                        .thenComparing(c -> c))
                .mapToInt(c -> c)
                .toArray();
        while (left > 0) {
            for (int c : byRemainder) {
                if (left > 0 && quotas[c] < counts[c] - 1) {
                    quotas[c]++;
                    left--;
                }
            }
        }
        return quotas;
    }

    private BitSet draw(int number) {
        int[] quotas = quotas(number);
        int[][] members = new int[counts.length][];
        for (int c = 0; c < counts.length; c++) {
            members[c] = new int[counts[c]];
        }
        int[] met = new int[counts.length];
        for (int i = 0; i < labels.length; i++) {
            int c = labels[i] & 0xff;
            members[c][met[c]++] = i;
        }
        BitSet drawn = new BitSet(labels.length);
        for (int c = 0; c < counts.length; c++) {
            if (quotas[c] > 0) {
                Permutation order = new Permutation(SEED, purpose, c, counts[c]);
                for (int i = 0; i < quotas[c]; i++) {
                    drawn.set(members[c][order.at(i)]);
                }
            }
        }
        return drawn;
    }
}
