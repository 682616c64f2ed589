package io.mambapkd.distill.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The minimum that Newton's steps find, and targets and features that have none of the usual shape. */
class LogisticRegressionTest {
    private static double sigmoid(double score) {
        return 1 / (1 + StrictMath.exp(-score));
    }

    /**
     * Four targets for a feature of 0, one of them true, and four for 1, three of them true. The standardised feature is -1 or 1, so that the intercept there is 0 and the
     * coefficient w solves sigmoid(w) = 0.75 - 0.001 w; without the penalty it is ln 3.
     */
    @Test
    void aFeatureOfTwoValuesIsSolvedByHand() {
        double[][] features = {{0}, {0}, {0}, {0}, {1}, {1}, {1}, {1}};
        boolean[] targets = {true, false, false, false, true, true, true, false};

        double[] fitted = LogisticRegression.fit(features, targets);

        double w = fitted[1] / 2;
        assertThat(fitted[0]).isCloseTo(-w, within(1e-12));
        assertThat(sigmoid(w)).isCloseTo(0.75 - 0.001 * w, within(1e-12));
        assertThat(w).isCloseTo(Math.log(3) - 0.0059, within(1e-4));
    }

    /** The loss as its definition has it, of coefficients for the features as they are. */
    private static double loss(double[][] features, boolean[] targets, double[] coefficients) {
        double sum = 0;
        for (int i = 0; i < targets.length; i++) {
            double score = coefficients[0];
            for (int f = 0; f < features[i].length; f++) {
                score += coefficients[f + 1] * features[i][f];
            }
            sum -= StrictMath.log(targets[i] ? sigmoid(score) : sigmoid(-score));
        }
        double squares = 0;
        for (int f = 0; f < features[0].length; f++) {
            int column = f;
            double mean = Arrays.stream(features)
                    .mapToDouble(row -> row[column])
                    .average()
                    .orElseThrow();
            double variance = Arrays.stream(features)
                    .mapToDouble(row -> (row[column] - mean) * (row[column] - mean))
                    .average()
                    .orElseThrow();
            squares += coefficients[f + 1] * coefficients[f + 1] * variance;
        }
        return sum / targets.length + 0.0005 * squares;
    }

    @Test
    void noDirectionLeadsDownFromTheMinimum() {
        CounterRandom random = new CounterRandom(5, Purpose.TEST_INPUT);
        double[][] features = new double[300][4];
        boolean[] targets = new boolean[300];
        for (int i = 0; i < targets.length; i++) {
            for (int f = 0; f < 4; f++) {
                features[i][f] = 10 * f + (1 + 20 * f) * random.normal(f, i, 0);
            }
            targets[i] = random.uniform(9, i, 0) < sigmoid(features[i][0] - 0.05 * features[i][1] - 2);
        }

        double[] fitted = LogisticRegression.fit(features, targets);

        for (int i = 0; i < fitted.length; i++) {
            double step = 1e-5 / (i == 0 ? 1 : 1 + 20 * (i - 1));
            double[] up = fitted.clone();
            double[] down = fitted.clone();
            up[i] += step;
            down[i] -= step;
            double slope = (loss(features, targets, up) - loss(features, targets, down)) / (2 * step);
            assertThat(slope).as("slope " + i).isCloseTo(0, within(1e-6));
        }
        assertThat(fitted[1]).isBetween(0.5, 1.5);
        assertThat(fitted[2]).isBetween(-0.08, -0.02);
    }

    @Test
    void targetsThatAreAllAlikeGiveAProbabilityWithoutFeatures() {
        double[][] features = {{1, 2}, {3, 4}, {5, 7}};

        double[] none = LogisticRegression.fit(features, new boolean[3]);
        double[] all = LogisticRegression.fit(features, new boolean[] {true, true, true});

        assertThat(sigmoid(none[0])).isCloseTo(0.5 / 4, within(1e-12));
        assertThat(sigmoid(all[0])).isCloseTo(3.5 / 4, within(1e-12));
        assertThat(none).endsWith(0.0, 0.0);
        assertThat(all).endsWith(0.0, 0.0);
    }

    @Test
    void targetsThatAFeatureSeparatesGiveFiniteCoefficients() {
        double[][] features = new double[100][1];
        boolean[] targets = new boolean[100];
        for (int i = 0; i < 100; i++) {
            features[i][0] = i;
            targets[i] = i >= 50;
        }

        double[] fitted = LogisticRegression.fit(features, targets);

        assertThat(Arrays.stream(fitted)).allMatch(Double::isFinite);
        assertThat(sigmoid(fitted[0] + 99 * fitted[1])).isGreaterThan(0.99);
        assertThat(sigmoid(fitted[0] + 30 * fitted[1])).isLessThan(0.05);
    }

    @Test
    void aConstantFeatureTellsNothing() {
        double[][] features = {{20, 1}, {20, 2}, {20, 3}, {20, 4}};
        boolean[] targets = {false, true, false, true};
        double[][] others = {{1}, {2}, {3}, {4}};

        double[] fitted = LogisticRegression.fit(features, targets);
        double[] without = LogisticRegression.fit(others, targets);

        assertThat(fitted[1]).isZero();
        assertThat(fitted[0]).isCloseTo(without[0], within(1e-12));
        assertThat(fitted[2]).isCloseTo(without[1], within(1e-12));
    }
}
