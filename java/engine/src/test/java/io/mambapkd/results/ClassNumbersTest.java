package io.mambapkd.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassNumbersTest {
    /** {@code "3 1/0 2"}: rows and columns. */
    private static List<List<Integer>> matrix(String text) {
        return Stream.of(text.split("/"))
                .map(row -> Arrays.stream(row.strip().split(" "))
                        .map(Integer::valueOf)
                        .toList())
                .toList();
    }

    private static String text(List<Double> shares) {
        return String.join(
                " ", shares.stream().map(share -> Objects.toString(share, "-")).toList());
    }

    /** The expected numbers were worked out by hand from the definitions. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3 1/0 4           | 0.875 | 0.75 1.0     | 1.0 0.8
            4 0/0 4           | 1     | 1.0 1.0      | 1.0 1.0
            0 4/4 0           | 0     | 0.0 0.0      | 0.0 0.0
            99 0/1 0          | 0.5   | 1.0 0.0      | 0.99 -
            3 1 0/0 0 0/2 0 0 | 0.375 | 0.75 - 0.0   | 0.6 0.0 -
            0 0/0 5           | 1     | - 1.0        | - 1.0
            0 0/5 0           | 0     | - 0.0        | 0.0 -
            7                 | 1     | 1.0          | 1.0
            1 1 2/2 4 2/0 0 0 | 0.375 | 0.25 0.5 -   | 0.3333333333333333 0.8 0.0
            2 0 0/0 2 0/0 0 2 | 1     | 1.0 1.0 1.0  | 1.0 1.0 1.0
            """)
    void sharesFollowTheirDefinitions(String confusion, double balanced, String accuracy, String precision) {
        ClassNumbers numbers = Objects.requireNonNull(ClassNumbers.of(matrix(confusion)));

        assertThat(numbers.balancedAccuracy()).isCloseTo(balanced, within(1e-15));
        assertThat(text(numbers.accuracy())).isEqualTo(accuracy.strip());
        assertThat(text(numbers.precision())).isEqualTo(precision.strip());
    }

    @Test
    void nothingThatWasCountedHasNoNumbers() {
        assertThat(ClassNumbers.of(List.of())).isNull();
        assertThat(ClassNumbers.of(matrix("0 0/0 0"))).isNull();
    }

    @Test
    void theImagesOfAClassAreThoseOfItsRow() {
        assertThat(ClassNumbers.images(matrix("3 1 0/0 0 0/2 5 1"))).containsExactly(4, 0, 8);
    }
}
