package io.mambapkd.distill.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.runtime.exit.ExitRule;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Thresholds that are tested break their promise as seldom as they say, where those that are only measured break it in half of all cases. */
class LearnThenTestTest {
    private static final double RISK = 0.02;
    private static final double CONFIDENCE = 0.95;
    private static final int SETS = 300;
    private static final int IMAGES = 1200;

    /**
     * Images of class 0. What the first student's largest probability lacks to 1 is drawn from 0 to 0.5, and so probable is it that the student is wrong; the whole chain is always right.
     * With a threshold t the risk is the integral of 2 u from 0 to 1 - t: (1 - t) squared.
     */
    private static ExitScores drawn(int set) {
        CounterRandom random = new CounterRandom(set, Purpose.TEST_INPUT);
        float[] first = new float[IMAGES * 2];
        float[] second = new float[IMAGES * 2];
        for (int i = 0; i < IMAGES; i++) {
            double missing = 0.5 * random.uniform(0, i, 0);
            boolean wrong = random.uniform(0, i, 1) < missing;
            first[2 * i + (wrong ? 1 : 0)] = (float) StrictMath.log((1 - missing) / Math.max(missing, 1e-9));
            second[2 * i] = 1;
        }
        GroupPredictions predictions = new GroupPredictions(new int[IMAGES], 2);
        predictions.join(first, 0, 1);
        predictions.join(second, 0, 1);
        return ExitScores.confidence(predictions);
    }

    private static double trueRisk(double threshold) {
        double missing = Math.min(0.5, 1 - threshold);
        return missing * missing;
    }

    /** The loosest threshold that keeps the promise on the images themselves. */
    private static double naive(ExitScores scores) {
        double chosen = 1;
        for (double threshold : LearnThenTest.thresholds(ExitRule.Kind.CONFIDENCE)) {
            if (scores.broken(threshold) <= RISK * IMAGES) {
                chosen = threshold;
            }
        }
        return chosen;
    }

    @Test
    void promisesAreBrokenAsSeldomAsTheConfidenceSays() {
        int broken = 0;
        int naivelyBroken = 0;
        double averageRisk = 0;
        for (int set = 0; set < SETS; set++) {
            ExitScores scores = drawn(set);
            double risk = trueRisk(
                    LearnThenTest.choose(scores, RISK, CONFIDENCE).orElseThrow().threshold());
            broken += risk > RISK ? 1 : 0;
            naivelyBroken += trueRisk(naive(scores)) > RISK ? 1 : 0;
            averageRisk += risk / SETS;
        }

        // Three standard deviations above the 5 % that are allowed.
        int most = (int) (0.05 * SETS + 3 * Math.sqrt(SETS * 0.05 * 0.95));
        assertThat(broken).isLessThanOrEqualTo(most);
        assertThat(naivelyBroken).isGreaterThan(2 * most);
        assertThat(averageRisk).isGreaterThan(RISK / 2);
    }

    @Test
    void theGridGoesFromStrictToLoose() {
        List<Double> regrets = LearnThenTest.thresholds(ExitRule.Kind.REGRET);
        List<Double> probabilities = LearnThenTest.thresholds(ExitRule.Kind.CONFIDENCE);

        assertThat(regrets).isSorted().endsWith(1.0).hasSize(200);
        assertThat(probabilities)
                .isSortedAccordingTo((a, b) -> Double.compare(b, a))
                .endsWith(0.0)
                .hasSize(200);
    }

    /** The test of a threshold that fails ends the sequence, however well looser ones do. */
    @Test
    void nothingIsTestedBehindAFailure() {
        GroupPredictions predictions = new GroupPredictions(new int[100], 2);
        float[] first = new float[200];
        for (int i = 0; i < 100; i++) {
            first[2 * i + 1] = 20;
        }
        predictions.join(first, 0, 1);
        float[] second = new float[200];
        for (int i = 0; i < 100; i++) {
            second[2 * i] = 1;
        }
        predictions.join(second, 0, 1);

        assertThat(LearnThenTest.choose(ExitScores.confidence(predictions), 0.5, 0.95))
                .isEmpty();
    }
}
