package io.mambapkd.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BoostingWeightsTest {
    @Test
    void weightsStartAtOneAndKeepTheirMean() {
        BoostingWeights weights = new BoostingWeights(3, 2);
        assertThat(weights.weights()[2]).isEqualTo(1f);
        weights.update(new float[] {0, 0, 3, 0, 0, 3}, new float[] {0, 0, 3, 0, 3, 0});
        assertThat((weights.weights()[0] + weights.weights()[1] + weights.weights()[2]) / 3)
                .isCloseTo(1f, within(1e-6f));
    }

    @Test
    void aSampleOnWhichTheStudentIsWrongGainsWeight() {
        BoostingWeights weights = new BoostingWeights(3, 2);
        weights.update(new float[] {0, 0, 3, 0, 0, 3}, new float[] {0, 0, 3, 0, 3, 0});
        assertThat(weights.weights()[0]).isEqualTo(weights.weights()[1]).isLessThan(1f);
        assertThat(weights.weights()[2]).isGreaterThan(1f);
    }
}
