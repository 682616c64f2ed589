package io.mambapkd.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class EarlyExitTest {
    /**
     * Three images, two classes, two students. Image 0: the first student is sure (0.982) and right. Image 1: the first is unsure (0.731) and wrong, the
     * second right. Image 2: the first is sure (0.953) and wrong, both together are right.
     */
    private static GroupPredictions predictions() {
        GroupPredictions predictions = new GroupPredictions(new int[] {0, 1, 1}, 2);
        predictions.join(new float[] {4, 0, 1, 0, 3, 0}, 0, 1);
        predictions.join(new float[] {4, 0, -3, 0, -5, 0}, 0.5, 0.5);
        return predictions;
    }

    private static EarlyExit.Result at(double threshold) {
        return EarlyExit.evaluate(predictions(), List.of(10L, 90L)).stream()
                .filter(result -> result.threshold() == threshold)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aLowThresholdStopsEverythingAtTheFirstStudent() {
        EarlyExit.Result result = at(0.5);
        assertThat(result.averageFlops()).isCloseTo(10, within(1e-9));
        assertThat(result.accuracy()).isCloseTo(1 / 3.0, within(1e-9));
        assertThat(result.exits()).containsExactly(1.0, 0.0);
    }

    @Test
    void aMiddleThresholdPaysForTheUnsureImageOnly() {
        EarlyExit.Result result = at(0.8);
        assertThat(result.averageFlops()).isCloseTo((10 + 100 + 10) / 3.0, within(1e-9));
        assertThat(result.accuracy()).isCloseTo(2 / 3.0, within(1e-9));
    }

    @Test
    void aHighThresholdRunsTheWholeGroup() {
        EarlyExit.Result result = at(0.99);
        assertThat(result.averageFlops()).isCloseTo(100, within(1e-9));
        assertThat(result.accuracy()).isEqualTo(1);
        assertThat(result.exits()).containsExactly(0.0, 1.0);
    }

    @Test
    void singleSamplesStopWhereTheEvaluationSaysTheyDo() {
        assertThat(List.of(0, 1, 2).stream().map(i -> EarlyExit.exit(predictions(), 0.8, i)))
                .containsExactly(0, 1, 0);
    }

    @Test
    void theCheapestThresholdWithinTheAllowedLossIsChosen() {
        List<EarlyExit.Result> results = EarlyExit.evaluate(predictions(), List.of(10L, 90L));
        assertThat(EarlyExit.choose(results, 1, 0.4)).isEqualTo(0.75);
        assertThat(EarlyExit.choose(results, 1, 0)).isEqualTo(0.96);
    }

    @Test
    void theConfusionCountsAnswersOfTheWholeGroup() {
        assertThat(predictions().confusion()).containsExactly(List.of(1, 0), List.of(0, 2));
        assertThat(predictions().ownAccuracy(0)).isCloseTo(1 / 3.0, within(1e-9));
        assertThat(predictions().prefixAccuracy(1)).isEqualTo(1);
    }
}
