package io.mambapkd.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermutationTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 16, 17, 127, 128, 129, 1000, 50_000, 65_537})
    void everyItemComesExactlyOnce(int size) {
        for (int epoch = 0; epoch < 3; epoch++) {
            BitSet seen = new BitSet();
            Permutation permutation = new Permutation(11, Purpose.TEST_INPUT, epoch, size);
            for (int position = 0; position < size; position++) {
                seen.set(permutation.at(position));
            }
            assertThat(seen.cardinality()).isEqualTo(size);
            assertThat(seen.length()).isEqualTo(size);
        }
    }

    @Test
    void epochsAndSeedsDiffer() {
        int[] first = items(5, 0);
        assertThat(items(5, 0)).containsExactly(first);
        // Two unrelated shuffles agree in one place on average.
        assertThat(agreements(first, items(5, 1))).isLessThan(10);
        assertThat(agreements(first, items(6, 0))).isLessThan(10);
    }

    @Test
    void itemsAreFarFromTheirPositions() {
        int[] items = items(5, 0);
        double distance = 0;
        for (int position = 0; position < items.length; position++) {
            distance += Math.abs(items[position] - position) / (double) items.length;
        }
        // The mean distance of a random shuffle of n items is n/3.
        assertThat(distance).isBetween(0.3 * items.length, 0.37 * items.length);
    }

    @Test
    void aPositionOutsideIsRefused() {
        Permutation permutation = new Permutation(1, Purpose.TEST_INPUT, 0, 10);
        assertThatThrownBy(() -> permutation.at(10)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> permutation.at(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static int[] items(long seed, int epoch) {
        Permutation permutation = new Permutation(seed, Purpose.TEST_INPUT, epoch, 5000);
        int[] items = new int[5000];
        for (int position = 0; position < items.length; position++) {
            items[position] = permutation.at(position);
        }
        return items;
    }

    private static int agreements(int[] a, int[] b) {
        int count = 0;
        for (int i = 0; i < a.length; i++) {
            count += a[i] == b[i] ? 1 : 0;
        }
        return count;
    }
}
