package io.mambapkd.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassWeightsTest {
    private static int[] ints(String text) {
        return Arrays.stream(text.strip().split(" ", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    private static float[] balanced(String labels, int count) {
        return Objects.requireNonNull(ClassWeights.BALANCED.of(ints(labels), count));
    }

    /** n / (K n_class), worked out by hand. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 0 0 1         | 4 | 0.6666667 0.6666667 0.6666667 2
            0 1 2           | 3 | 1 1 1
            5 5 9           | 3 | 0.75 0.75 1.5
            255 0           | 2 | 1 1
            3 3 3           | 3 | 1 1 1
            0 1 1 1 1 1     | 6 | 3 0.6 0.6 0.6 0.6 0.6
            0 0 1 1 1 1 2 2 | 6 | 1.5 1.5 0.75 0.75 0.75 0.75
            0 1 1 2 2 2     | 3 | 1.5 0.75 0.75
            1 0 0 0 0 0 0 0 | 8 | 4 0.5714286 0.5714286 0.5714286 0.5714286 0.5714286 0.5714286 0.5714286
            7               | 1 | 1
            """)
    void weightsAreInverseToHowOftenAClassOccursAmongTheSamplesInUse(String labels, int count, String expected) {
        float[] weights = balanced(labels, count);

        double[] wanted = Arrays.stream(expected.strip().split(" ", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertThat(weights).hasSize(wanted.length);
        for (int i = 0; i < wanted.length; i++) {
            assertThat((double) weights[i]).as("sample %d", i).isCloseTo(wanted[i], within(1e-6));
        }
        assertThat(mean(weights)).isCloseTo(1, within(1e-6));
    }

    @Test
    void noneHasNoWeights() {
        assertThat(ClassWeights.NONE.of(new int[] {0, 0, 1}, 3)).isNull();
        assertThat(ClassWeights.product(null, null)).isNull();
    }

    @Test
    void theProductWithBoostingKeepsTheRatiosAndHasAMeanOfOne() {
        BoostingWeights boosting = new BoostingWeights(3, 2);
        boosting.update(new float[] {0, 0, 3, 0, 0, 3}, new float[] {0, 0, 3, 0, 3, 0});
        float[] alone = Objects.requireNonNull(ClassWeights.product(null, boosting));
        float[] classes = balanced("0 0 1", 3);

        float[] product = Objects.requireNonNull(ClassWeights.product(classes, boosting));

        assertThat(alone).containsExactly(boosting.weights());
        assertThat(mean(product)).isCloseTo(1, within(1e-6));
        double expected = (double) classes[2] * alone[2] / (classes[0] * alone[0]);
        assertThat((double) product[2] / product[0]).isCloseTo(expected, within(1e-5));
        // The weights that went in are as they were.
        assertThat(classes).containsExactly(0.75f, 0.75f, 1.5f);
        assertThat(boosting.weights()).containsExactly(alone);
    }

    private static double mean(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        return sum / weights.length;
    }
}
