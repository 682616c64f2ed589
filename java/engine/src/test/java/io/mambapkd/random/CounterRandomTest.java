package io.mambapkd.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CounterRandomTest {
    /** Known answers published with the reference implementation of Salmon et al. (Random123, kat_vectors). */
    @Test
    void philoxGivesThePublishedKnownAnswers() {
        assertThat(philox(new int[] {0, 0, 0, 0}, 0, 0))
                .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(philox(new int[] {-1, -1, -1, -1}, -1, -1))
                .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        int[] digitsOfPi = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
        assertThat(philox(digitsOfPi, 0xa4093822, 0x299f31d0))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    private static int[] philox(int[] counter, int key0, int key1) {
        int[] words = new int[4];
        for (int word = 0; word < 4; word++) {
            words[word] = CounterRandom.philox(counter[0], counter[1], counter[2], counter[3], key0, key1, word);
        }
        return words;
    }

    @Test
    void everyArgumentChangesTheDraw() {
        Set<Integer> draws = new HashSet<>();
        draws.add(new CounterRandom(1, Purpose.TEST_INPUT).bits(0, 0, 0));
        draws.add(new CounterRandom(1L << 32, Purpose.TEST_INPUT).bits(0, 0, 0));
        draws.add(new CounterRandom(1, Purpose.DROPOUT).bits(0, 0, 0));
        draws.add(new CounterRandom(1, Purpose.TEST_INPUT).bits(1, 0, 0));
        draws.add(new CounterRandom(1, Purpose.TEST_INPUT).bits(0, 1, 0));
        draws.add(new CounterRandom(1, Purpose.TEST_INPUT).bits(0, 1L << 32, 0));
        draws.add(new CounterRandom(1, Purpose.TEST_INPUT).bits(0, 0, 1));
        draws.add(new CounterRandom(1, Purpose.TEST_INPUT).bits(0, 0, 4));
        assertThat(draws).hasSize(8);
    }

    @Test
    void uniformNumbersHaveTheMomentsOfTheUniformDistribution() {
        CounterRandom random = new CounterRandom(7, Purpose.TEST_INPUT);
        int count = 200_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            float value = random.uniform(0, i, 0);
            assertThat(value >= 0 && value < 1).isTrue();
            sum += value;
            squares += (double) value * value;
        }
        // Five standard errors: sqrt(1/12 / n) and sqrt(4/45 / n).
        assertThat(sum / count).isCloseTo(0.5, within(5 * Math.sqrt(1.0 / 12 / count)));
        assertThat(squares / count).isCloseTo(1.0 / 3, within(5 * Math.sqrt(4.0 / 45 / count)));
    }

    @Test
    void normalNumbersHaveTheMomentsOfTheNormalDistribution() {
        CounterRandom random = new CounterRandom(7, Purpose.TEST_INPUT);
        int count = 200_000;
        double[] moments = new double[5];
        for (int i = 0; i < count; i++) {
            double value = random.normal(i & 15, i >> 4, i & 7);
            double power = 1;
            for (int moment = 0; moment < moments.length; moment++) {
                moments[moment] += power / count;
                power *= value;
            }
        }
        // The variances of x, x^2, x^3, x^4 are 1, 2, 15, 96.
        assertThat(moments[1]).isCloseTo(0, within(5 * Math.sqrt(1.0 / count)));
        assertThat(moments[2]).isCloseTo(1, within(5 * Math.sqrt(2.0 / count)));
        assertThat(moments[3]).isCloseTo(0, within(5 * Math.sqrt(15.0 / count)));
        assertThat(moments[4]).isCloseTo(3, within(5 * Math.sqrt(96.0 / count)));
    }

    @Test
    void numbersBelowABoundFillTheRangeEvenly() {
        CounterRandom random = new CounterRandom(3, Purpose.TEST_INPUT);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) {
            counts[random.below(0, i, 0, 7)]++;
        }
        for (int count : counts) {
            // 10,000 expected, standard deviation 93.
            assertThat(count).isBetween(9_500, 10_500);
        }
    }
}
