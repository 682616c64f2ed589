package io.mambapkd.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchemeTest {
    @Test
    void blendOfSevenHalvesEveryStepBack() {
        assertThat(Scheme.BLEND.memberWeights(7, 0.5))
                .containsExactly(1 / 64.0, 1 / 64.0, 1 / 32.0, 1 / 16.0, 1 / 8.0, 1 / 4.0, 1 / 2.0);
    }

    @Test
    void sumGivesEveryStudentWeightOne() {
        assertThat(Scheme.SUM.memberWeights(4, 0.5)).containsExactly(1.0, 1.0, 1.0, 1.0);
    }

    @ParameterizedTest
    @EnumSource(
            value = Scheme.class,
            names = {"MEAN", "PLAIN", "BDISTIL"})
    void meansGiveEveryStudentTheSameWeight(Scheme scheme) {
        assertThat(scheme.memberWeights(5, 0.5))
                .allSatisfy(weight -> assertThat(weight).isCloseTo(0.2, within(1e-15)));
    }

    @ParameterizedTest
    @EnumSource(Scheme.class)
    void theFirstStudentStandsAlone(Scheme scheme) {
        assertThat(scheme.ensembleWeight(1, 0.3)).isZero();
        assertThat(scheme.studentWeight(1, 0.3)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Scheme.class)
    void unrolledWeightsGiveTheSameLogitsAsTheRecursion(Scheme scheme) {
        float[][] logits = {{1, 5}, {-2, 3}, {4, 0.5f}};
        GroupPredictions predictions = new GroupPredictions(new int[] {1}, 2);
        LogitCache cache = new LogitCache(1, 1, 2);
        for (int k = 0; k < 3; k++) {
            double keep = scheme.ensembleWeight(k + 1, 0.3);
            double weight = scheme.studentWeight(k + 1, 0.3);
            predictions.join(logits[k], keep, weight);
            cache.join(0, keep, weight, logits[k]);
        }
        double[] sum = new double[2];
        for (int k = 0; k < 3; k++) {
            for (int j = 0; j < 2; j++) {
                sum[j] += scheme.memberWeights(3, 0.3).get(k) * logits[k][j];
            }
        }
        float[] read = new float[2];
        cache.read(0, 0, read, 0);
        assertThat((double) read[0]).isCloseTo(sum[0], within(1e-6));
        assertThat((double) read[1]).isCloseTo(sum[1], within(1e-6));
        double confidence = 1 / (1 + Math.exp(-Math.abs(sum[0] - sum[1])));
        assertThat(predictions.confidence(2, 0)).isCloseTo(confidence, within(1e-6));
    }
}
