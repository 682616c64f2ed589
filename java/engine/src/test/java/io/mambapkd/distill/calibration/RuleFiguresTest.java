package io.mambapkd.distill.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.runtime.exit.RegretPredictor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Figures of rules on images whose answers are known. */
class RuleFiguresTest {
    private static final List<Long> FLOPS = List.of(10L, 90L);

    /**
     * Two classes, two students. Image 0: the first is sure (0.982) and right, as are both. Image 1: the first is unsure (0.731) and wrong, both are right. Image 2: the first is sure
     * (0.953) and wrong, both are right. Image 3: the first is sure (0.953) and right, both are wrong.
     */
    private static GroupPredictions predictions() {
        GroupPredictions predictions = new GroupPredictions(new int[] {0, 1, 1, 0}, 2);
        predictions.join(new float[] {4, 0, 1, 0, 3, 0, 3, 0}, 0, 1);
        predictions.join(new float[] {4, 0, -3, 0, -5, 0, -9, 0}, 0.5, 0.5);
        return predictions;
    }

    @Test
    void aThresholdOfTheProbabilityIsCountedByHand() {
        ExitScores scores = ExitScores.confidence(predictions());

        RuleFigures figures = RuleFigures.of(scores, 0.9, FLOPS);

        assertThat(figures.accuracy()).isEqualTo(0.75);
        assertThat(figures.averageFlops()).isCloseTo((10 + 100 + 10 + 10) / 4.0, within(1e-12));
        assertThat(figures.exits()).containsExactly(0.75, 0.25);
        assertThat(figures.broken()).isEqualTo(0.25);
    }

    /** A predictor that sees the odds of the largest probability alone, e^-odds: 0.018, 0.269, 0.047, 0.047. */
    @Test
    void aThresholdOfTheRegretStopsWhereItIsSmall() {
        RegretPredictor odds = new RegretPredictor(new double[] {0, -1, 0, 0, 0});
        ExitScores scores = ExitScores.regret(predictions(), List.of(odds));

        assertThat(IntStream.range(0, 4).map(i -> scores.exit(i, 0.02))).containsExactly(0, 1, 1, 1);
        assertThat(IntStream.range(0, 4).map(i -> scores.exit(i, 0.1))).containsExactly(0, 1, 0, 0);
        assertThat(scores.broken(0.02)).isZero();
        assertThat(scores.broken(0.1)).isEqualTo(1);
    }

    @Test
    void aSureRuleNeverBreaksAPromiseAndABadOneAlways() {
        ExitScores scores = ExitScores.confidence(predictions());

        assertThat(RuleFigures.promisesBroken(scores, 1.1, 0.002, 200, 0)).isZero();
        // Half of four images loses an answer unless it holds image 3 with one of the others, or neither 1 nor 2.
        assertThat(RuleFigures.promisesBroken(scores, 0.5, 0.002, 200, 0)).isBetween(40, 160);
        assertThat(RuleFigures.promisesBroken(scores, 0.5, 1, 200, 0)).isZero();
    }

    @Test
    void fallsAndLossesAlongTheChainAreCounted() {
        Monotony monotony = Monotony.of(predictions());

        assertThat(monotony.falling()).isEqualTo(0.25);
        assertThat(monotony.lost()).isEqualTo(0.25);
    }

    @Test
    void aPredictorOfTheRegretLearnsWhereTheFirstStudentIsWrong() {
        int images = 400;
        int[] labels = new int[images];
        float[] first = new float[2 * images];
        float[] second = new float[2 * images];
        for (int i = 0; i < images; i++) {
            // Unsure ones are wrong in every second case.
            boolean unsure = i % 4 == 0;
            first[2 * i + (i % 8 == 0 ? 1 : 0)] = unsure ? 0.5f : 5;
            second[2 * i] = 9;
        }
        GroupPredictions predictions = new GroupPredictions(labels, 2);
        predictions.join(first, 0, 1);
        predictions.join(second, 0.5, 0.5);

        List<RegretPredictor> predictors = RegretFit.fit(predictions);

        ExitScores scores = ExitScores.regret(predictions, predictors);
        assertThat(predictors).hasSize(1);
        assertThat(scores.exit(1, 0.1)).isZero();
        assertThat(scores.exit(4, 0.1)).isEqualTo(1);
        assertThat(scores.exit(4, 0.6)).isZero();
    }

    @Test
    void partsAreDisjointAndHalvesStratified() {
        Parts parts = Parts.fitAndCertify(10_001);
        int[] labels =
                IntStream.range(0, 1000).map(i -> i < 301 ? 0 : 1 + i % 3).toArray();
        Parts halves = Parts.stratifiedHalves(labels, 5);

        assertThat(parts.first()).hasSize(4_000).doesNotContain(parts.second());
        assertThat(parts.second()).hasSize(6_001);
        assertThat(Parts.fitAndCertify(1_000).first()).hasSize(400);
        assertThat(halves.first().length + halves.second().length).isEqualTo(1000);
        assertThat(halves.first()).doesNotContain(halves.second());
        for (int c = 0; c < 4; c++) {
            int label = c;
            long ofFirst =
                    IntStream.of(halves.first()).filter(i -> labels[i] == label).count();
            long ofSecond = IntStream.of(halves.second())
                    .filter(i -> labels[i] == label)
                    .count();
            assertThat(ofFirst - ofSecond).as("class " + c).isBetween(-1L, 1L);
        }
        assertThat(halves.first().length - halves.second().length).isBetween(-1, 1);
    }

    @Test
    void soManyImagesLeaveEnoughToCertify() {
        for (int needed : new int[] {1, 5, 299, 1497, 6_000, 20_000}) {
            int images = Parts.imagesFor(needed);
            assertThat(Parts.fitAndCertify(images).second()).hasSizeGreaterThanOrEqualTo(needed);
            assertThat(Parts.fitAndCertify(images).first()).isNotEmpty();
            assertThat(images <= 3 || Parts.fitAndCertify(images - 1).second().length < needed)
                    .isTrue();
        }
    }

    @Test
    void chosenSamplesKeepTheirLogits() {
        GroupPredictions some = predictions().chosen(new int[] {3, 1});

        assertThat(some.samples()).isEqualTo(2);
        assertThat(some.label(0)).isZero();
        assertThat(some.own(1)).containsExactly(-9, 0, -3, 0);
        assertThat(some.prefix(1)).containsExactly(-3, 0, -1, 0);
    }
}
