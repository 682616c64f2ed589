package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.Amount;
import io.mambapkd.random.Permutation;
import io.mambapkd.random.Purpose;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which training images are for validation.
 *
 * @param kind last or stratified
 * @param validation their positions in the training file
 */
record Split(SplitKind kind, BitSet validation) {
    private static final int MOST_BY_DEFAULT = 10_000;

    private static final int SHARE_BY_DEFAULT = 10;

    /** Not the seed of a run, so that all runs on the same data share their validation images. */
    private static final long SEED = 0;

    private static final String REMEDY = "set it with --set validationImages=N or --validation N";

    /**
     * @param labels (n) of the training file, in 0..classes-1
     * @param wanted 0 for the usual number
     * @param kind last or stratified
     * @param where the training images are, for messages
     * @throws InputException if no training image would be left, or no validation image
     */
    static Split of(byte[] labels, int classes, Amount wanted, SplitKind kind, String where) {
        int[] counts = counts(labels, classes);
        int occurring = (int) Arrays.stream(counts).filter(count -> count > 0).count();
        int kept = kind == SplitKind.STRATIFIED ? occurring : 1;
        int most = labels.length - kept;
        if (most < 1) {
            throw new InputException(new Problem(
                    "expected more training images than " + (kept == 1 ? "one" : "the " + kept + " classes")
                            + ", so that some are left for validation, got " + labels.length + ", at " + where,
                    "add training images"));
        }
        int number = wanted.isZero()
                ? Math.min(most, Math.max(1, Math.min(labels.length / SHARE_BY_DEFAULT, MOST_BY_DEFAULT)))
                : wanted.ofTotal(labels.length);
        if (number < 1 || number > most) {
            String got = wanted.isPercentage() ? wanted + ", which is " + number + "," : wanted + ",";
            throw new InputException(new Problem(
                    "expected validationImages from 1 to " + most + ", got " + got + " for the " + labels.length
                            + " training images at " + where + ", of which "
                            + (kept == 1 ? "one" : "one of each of the " + kept + " classes")
                            + " must be left to train on",
                    REMEDY));
        }
        BitSet validation = new BitSet(labels.length);
        if (kind == SplitKind.LAST) {
            validation.set(labels.length - number, labels.length);
        } else {
            draw(labels, counts, quotas(counts, labels.length, number), validation);
        }
        return new Split(kind, validation);
    }

    /**
     * Makes a dataset of images that are read: brings them upright, takes the validation images out of the training images, and computes the statistics of those that are left.
     *
     * @param read the training images, with those for validation; not to be used afterwards
     * @param readTest the test images; not to be used afterwards
     * @param published mean and standard deviation, where they are known
     * @param where the training images are, for messages
     */
    static Dataset dataset(
            String name,
            DatasetRequest request,
            ImageSet read,
            ImageSet readTest,
            List<String> classNames,
            Optional<Statistics> published,
            String where,
            List<String> notes) {
        ImageSet all = read.upright(request.orientation());
        ImageSet test = readTest.upright(request.orientation());
        Split split = of(all.labelBytes(), classNames.size(), request.validationImages(), request.split(), where);
        ImageSet validation = all.chosen(split.validation());
        ImageSet rest = all.left(split.validation(), validation);
        Statistics statistics = published.orElseGet(() -> Statistics.of(rest, where));
        return new Dataset(
                name,
                rest,
                validation,
                test,
                statistics.mean(),
                statistics.standardDeviation(),
                classNames,
                split.kind(),
                notes);
    }

    /** What was done where nobody asked for it. */
    static String note(Dataset dataset) {
        int size = dataset.validation().size();
        int images = dataset.training().size() + size;
        String which = dataset.split() == SplitKind.LAST
                ? "the last " + size + " of the " + images + " training images" + are(size) + "used for validation"
                : size + " of the " + images + " training images" + are(size)
                        + "drawn for validation, in proportion to the classes";
        return which + "; set it with --set validationImages=N or --validation 10%";
    }

    private static String are(int images) {
        return images == 1 ? " is " : " are ";
    }

    private static int[] counts(byte[] labels, int classes) {
        int[] counts = new int[classes];
        for (byte label : labels) {
            counts[label & 0xff]++;
        }
        return counts;
    }

    /** How many of each class: the largest remainders are rounded up, and one of each class stays. */
    private static int[] quotas(int[] counts, int total, int number) {
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

    private static void draw(byte[] labels, int[] counts, int[] quotas, BitSet validation) {
        int[][] members = new int[counts.length][];
        for (int c = 0; c < counts.length; c++) {
            members[c] = new int[counts[c]];
        }
        int[] met = new int[counts.length];
        for (int i = 0; i < labels.length; i++) {
            int c = labels[i] & 0xff;
            members[c][met[c]++] = i;
        }
        for (int c = 0; c < counts.length; c++) {
            if (quotas[c] > 0) {
                Permutation order = new Permutation(SEED, Purpose.VALIDATION_SPLIT, c, counts[c]);
                for (int i = 0; i < quotas[c]; i++) {
                    validation.set(members[c][order.at(i)]);
                }
            }
        }
    }
}
