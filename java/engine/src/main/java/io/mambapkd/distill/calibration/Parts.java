package io.mambapkd.distill.calibration;

import io.mambapkd.random.Permutation;
import io.mambapkd.random.Purpose;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Images in two parts that are drawn at random. Which ones is a function of their number or labels alone.
 *
 * @param first positions, ascending
 * @param second positions, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Parts(int[] first, int[] second) {
    private static final long SEED = 0;
    private static final int FIT_PERCENT = 40;
    private static final int MOST_FIT = 4_000;

    /** 40 % of the images, at most 4,000, to fit a rule; the rest to certify it. */
    public static Parts fitAndCertify(int images) {
        int fit = fit(images);
        Permutation order = new Permutation(SEED, Purpose.CALIBRATION_PART, 0, images);
        boolean[] first = new boolean[images];
        for (int i = 0; i < fit; i++) {
            first[order.at(i)] = true;
        }
        return of(first);
    }

    /** The fewest images of which so many certify, and at least one fits. */
    public static int imagesFor(int certifying) {
        int images = Math.max(2, certifying);
        while (images - fit(images) < certifying || fit(images) == 0) {
            images++;
        }
        return images;
    }

    private static int fit(int images) {
        return (int) Math.min(MOST_FIT, (long) images * FIT_PERCENT / 100);
    }

    /** Half of the images of each class; of an odd number, the first half has one more in every second class. */
    public static Parts stratifiedHalves(int[] labels, int classes) {
        boolean[] first = new boolean[labels.length];
        int odd = 0;
        for (int c = 0; c < classes; c++) {
            int label = c;
            int[] members = IntStream.range(0, labels.length)
                    .filter(i -> labels[i] == label)
                    .toArray();
            if (members.length == 0) {
                continue;
            }
            Permutation order = new Permutation(SEED, Purpose.CALIBRATION_PART, 1 + c, members.length);
            int half = (members.length + odd) / 2;
            odd = (members.length + odd) % 2;
            for (int i = 0; i < half; i++) {
                first[members[order.at(i)]] = true;
            }
        }
        return of(first);
    }

    private static Parts of(boolean[] first) {
        int[] all = IntStream.range(0, first.length).toArray();
        return new Parts(
                Arrays.stream(all).filter(i -> first[i]).toArray(),
                Arrays.stream(all).filter(i -> !first[i]).toArray());
    }
}
