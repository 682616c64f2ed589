package io.mambapkd.data;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The classes of a dataset: the labels that occur, in order. Class {@code i} is the i-th of them, and keeps its label as its name.
 *
 * @param present the labels that occur, in the training or the test file
 */
record LabelMap(BitSet present) {
    private static final int MINUS_ONE = 255;
    private static final int MOST_RANGES = 5;

    /**
     * @param training (n) labels of the training file
     * @param test (n) labels of the test file
     * @param trainingWhere, testWhere the files, for messages
     * @throws InputException if fewer than two labels occur in the training file, or the test file has a larger one
     */
    static LabelMap of(byte[] training, byte[] test, String trainingWhere, String testWhere) {
        BitSet present = occurring(training);
        if (present.cardinality() < 2) {
            throw new InputException(new Problem(
                    "expected labels of at least two classes, got only label " + present.nextSetBit(0) + ", at "
                            + trainingWhere,
                    "a classifier needs something to tell apart"));
        }
        requireUpTo(present.length() - 1, test, "the training labels", testWhere);
        present.or(occurring(test));
        return new LabelMap(present);
    }

    /** @throws InputException if a label is above {@code largest} */
    static void requireUpTo(int largest, byte[] labels, String source, String where) {
        int found = occurring(labels).length() - 1;
        if (found > largest) {
            throw new InputException(new Problem(
                    "expected labels from 0 to " + largest + " (" + source + "), got " + found + ", at " + where,
                    "use the files of one dataset"));
        }
    }

    static BitSet occurring(byte[] labels) {
        BitSet present = new BitSet(MINUS_ONE + 1);
        for (byte label : labels) {
            present.set(label & 0xff);
        }
        return present;
    }

    /** K. */
    int classes() {
        return present.cardinality();
    }

    List<String> names() {
        return present.stream().mapToObj(Integer::toString).toList();
    }

    /** Puts classes, in 0..K-1, in place of labels. */
    void renumber(byte[] labels) {
        byte[] classOf = new byte[MINUS_ONE + 1];
        int next = 0;
        for (int label = present.nextSetBit(0); label >= 0; label = present.nextSetBit(label + 1)) {
            classOf[label] = (byte) next++;
        }
        for (int i = 0; i < labels.length; i++) {
            labels[i] = classOf[labels[i] & 0xff];
        }
    }

    /** What is unusual about the labels. */
    List<String> notes(String where) {
        int largest = present.length() - 1;
        if (present.cardinality() == largest + 1) {
            return List.of();
        }
        int least = present.nextSetBit(0);
        String model = "; the model has " + classes() + " classes, named by their labels";
        if (isAscii(least, largest, '0', '9')
                || isAscii(least, largest, 'A', 'Z')
                || isAscii(least, largest, 'a', 'z')) {
            return List.of("labels " + ranges(present) + " are the ASCII " + (largest <= '9' ? "digits " : "letters ")
                    + (char) least + " to " + (char) largest + ", at " + where + model
                    + "; write labels from 0 if the names matter");
        }
        BitSet absent = (BitSet) present.clone();
        absent.flip(0, largest + 1);
        boolean minusOne = largest == MINUS_ONE;
        BitSet rest = (BitSet) present.clone();
        rest.clear(MINUS_ONE);
        boolean consecutive = rest.cardinality() == rest.length() - least;
        String what;
        if (least == 1 && consecutive) {
            what = "labels start at 1, so label" + (absent.cardinality() > 1 ? "s " : " ") + ranges(absent) + " do"
                    + (absent.cardinality() > 1 ? "" : "es") + " not occur";
        } else {
            what = "label" + (absent.cardinality() > 1 ? "s " : " ") + ranges(absent)
                    + (absent.cardinality() > 1 ? " do not occur" : " does not occur");
        }
        String hint = minusOne
                ? "; 255 is what -1 becomes: if those images are without a label, remove them"
                : "; check the file if there should be more";
        return List.of(what + " in the labels at " + where + model + hint);
    }

    private static boolean isAscii(int least, int largest, char first, char last) {
        return least >= first && largest <= last;
    }

    /** {@code 0, 4..199}, shortened where there are many. */
    static String ranges(BitSet set) {
        List<String> ranges = new ArrayList<>();
        for (int from = set.nextSetBit(0); from >= 0; ) {
            int to = set.nextClearBit(from) - 1;
            ranges.add(from == to ? Integer.toString(from) : from + ".." + to);
            from = set.nextSetBit(to + 1);
        }
        String text = String.join(", ", ranges.subList(0, Math.min(MOST_RANGES, ranges.size())));
        return ranges.size() > MOST_RANGES ? text + ", ..." : text;
    }
}
