package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class SampleOrderTest {
    @Test
    void anEpochSeesEverySampleAtMostOnceAndSkipsOnlyTheRemainder() {
        SampleOrder order = new SampleOrder(1, 103, 10);
        assertThat(order.stepsPerEpoch()).isEqualTo(10);
        for (int epoch = 0; epoch < 5; epoch++) {
            BitSet seen = epoch(order, epoch);
            assertThat(seen.cardinality()).isEqualTo(100);
            assertThat(seen.length()).isLessThanOrEqualTo(103);
        }
        assertThat(epoch(order, 0)).isNotEqualTo(epoch(order, 1));
    }

    @Test
    void aStepIsTheSameWhateverWasAskedBefore() {
        SampleOrder order = new SampleOrder(1, 103, 10);
        epoch(order, 0);
        int[] late = new int[10];
        order.samples(37, late);
        int[] alone = new int[10];
        new SampleOrder(1, 103, 10).samples(37, alone);
        assertThat(late).containsExactly(alone);
        assertThat(order.epoch(37)).isEqualTo(3);
    }

    @Test
    void epochsAndSeedsHaveDifferentOrders() {
        int[] first = new int[10];
        new SampleOrder(1, 1000, 10).samples(0, first);
        int[] nextEpoch = new int[10];
        new SampleOrder(1, 1000, 10).samples(100, nextEpoch);
        int[] otherSeed = new int[10];
        new SampleOrder(2, 1000, 10).samples(0, otherSeed);
        assertThat(nextEpoch).isNotEqualTo(first);
        assertThat(otherSeed).isNotEqualTo(first);
    }

    @Test
    void aBatchMustNotBeLargerThanTheSet() {
        assertThatThrownBy(() -> new SampleOrder(1, 9, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new SampleOrder(1, 10, 10).stepsPerEpoch()).isEqualTo(1);
    }

    private static BitSet epoch(SampleOrder order, int epoch) {
        BitSet seen = new BitSet();
        int[] samples = new int[order.batch()];
        for (int i = 0; i < order.stepsPerEpoch(); i++) {
            order.samples((long) epoch * order.stepsPerEpoch() + i, samples);
            for (int sample : samples) {
                seen.set(sample);
            }
        }
        return seen;
    }
}
