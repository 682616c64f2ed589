package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.Amount;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitTest {
    /** Labels of classes with so many images, in turn as long as they last. */
    private static byte[] labels(int... counts) {
        int[] left = counts.clone();
        byte[] labels = new byte[Arrays.stream(counts).sum()];
        for (int i = 0; i < labels.length; ) {
            for (int c = 0; c < left.length; c++) {
                if (left[c] > 0) {
                    left[c]--;
                    labels[i++] = (byte) c;
                }
            }
        }
        return labels;
    }

    private static int[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    private static int[] drawn(byte[] labels, int classes, Amount wanted) {
        int[] counts = new int[classes];
        Split.of(labels, classes, wanted, SplitKind.STRATIFIED, "here").validation().stream()
                .forEach(i -> counts[labels[i]]++);
        return counts;
    }

    /** The quotas are worked out by hand, as those of an election: whole parts first, then the largest remainders. */
    @ParameterizedTest
    @CsvSource({
        "50 30 20, 10, 5 3 2",
        "34 33 33, 10, 4 3 3", // 3.4 3.3 3.3: the tenth goes to the largest remainder
        "41 33 26, 10, 4 3 3", // 4.1 3.3 2.6
        "98 1 1, 10, 10 0 0", // 9.8 0.1 0.1: single images stay
        "2 2 2, 3, 1 1 1",
        "6 1 1, 5, 5 0 0", // 3.75 0.625 0.625: what the small ones cannot give comes from the large one
        "5 5 0, 4, 2 2 0"
    })
    void eachClassGivesInProportion(String counts, int wanted, String expected) {
        int[] sizes = numbers(counts);

        assertThat(drawn(labels(sizes), sizes.length, Amount.of(wanted))).containsExactly(numbers(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "320, 32",
        "60000, 6000",
        "59999, 5999",
        "200000, 10000",
        "200, 20",
        "1000, 100",
        "12, 1",
        "7, 1",
        "3, 1"
    })
    void withoutAWishItIsATenthAtMostTenThousand(int images, int expected) {
        byte[] labels = labels(images - images / 2, images / 2);

        assertThat(Split.of(labels, 2, Amount.of(0), SplitKind.STRATIFIED, "here")
                        .validation()
                        .cardinality())
                .isEqualTo(expected);
        assertThat(Split.of(labels, 2, Amount.of(0), SplitKind.LAST, "here").validation())
                .isEqualTo(last(images, expected));
    }

    private static BitSet last(int images, int count) {
        return IntStream.range(images - count, images).collect(BitSet::new, BitSet::set, BitSet::or);
    }

    @Test
    void aLargerDrawHoldsTheSmallerOne() {
        byte[] labels = labels(500, 300, 200);
        BitSet small =
                Split.of(labels, 3, Amount.of(50), SplitKind.STRATIFIED, "here").validation();
        BitSet large = Split.of(labels, 3, Amount.of(100), SplitKind.STRATIFIED, "here")
                .validation();

        small.andNot(large);

        assertThat(small.isEmpty()).isTrue();
    }

    /** A stretch of the file with many more of them than others would show in means that depend on the order of the file. */
    @Test
    void theDrawIsSpreadOverTheFile() {
        BitSet drawn = Split.of(labels(600, 600), 2, Amount.of(200), SplitKind.STRATIFIED, "here")
                .validation();

        for (int quarter = 0; quarter < 4; quarter++) {
            // 50 expected, standard deviation 5.6 for draws without replacement.
            assertThat(drawn.get(300 * quarter, 300 * (quarter + 1)).cardinality())
                    .isBetween(28, 72);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            LAST       | 10 10 | 20 | expected validationImages from 1 to 19, got 20, for the 20 training images at here, of which one must be left to train on; set it with --set validationImages=N or --validation N
            STRATIFIED | 10 10 | 19 | expected validationImages from 1 to 18, got 19, for the 20 training images at here, of which one of each of the 2 classes must be left to train on; set it with --set validationImages=N or --validation N
            STRATIFIED | 1 1   | 0  | expected more training images than the 2 classes, so that some are left for validation, got 2, at here; add training images
            LAST       | 1     | 0  | expected more training images than one, so that some are left for validation, got 1, at here; add training images
            """)
    void imagesMustBeLeftToTrainOn(SplitKind kind, String counts, int wanted, String sentence) {
        int[] sizes = numbers(counts);

        assertThatThrownBy(() -> Split.of(labels(sizes), sizes.length, Amount.of(wanted), kind, "here"))
                .isInstanceOf(InputException.class)
                .hasMessage(sentence);
    }
}
