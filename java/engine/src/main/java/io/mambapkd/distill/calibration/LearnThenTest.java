package io.mambapkd.distill.calibration;

import io.mambapkd.runtime.exit.ExitRule;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Chooses the threshold of an exit rule so that a promise holds: Angelopoulos and others, "Learn then Test" (arXiv 2110.01052), with an exact binomial test, as the loss of an image is 0 or 1. Thresholds
 * of a grid that no image has seen are tested from strict to loose, each at the whole level; the first that fails ends the sequence.
 */
public final class LearnThenTest {
    private static final int THRESHOLDS = 200;
    private static final double DECADES = 6;

    private static final List<Double> GRID = IntStream.range(0, THRESHOLDS)
            .mapToObj(i -> StrictMath.pow(10, -DECADES * (THRESHOLDS - 1 - i) / (THRESHOLDS - 1)))
            .toList();

    private LearnThenTest() {}

    /**
     * A threshold that has passed.
     *
     * @param threshold the loosest of those that passed
     * @param failures number of images that broke the promise with it
     * @param level the p-value: how probable so few failures are where the risk is larger than promised
     */
    public record Passed(double threshold, int failures, double level) {}

    /** The thresholds of a kind of rule, from strict to loose: regrets from 1e-6 to 1, or largest probabilities that lack as much to 1. */
    public static List<Double> thresholds(ExitRule.Kind kind) {
        return kind == ExitRule.Kind.REGRET
                ? GRID
                : GRID.stream().map(missing -> 1 - missing).toList();
    }

    /**
     * @param scores on images that neither models nor predictors were fitted on
     * @param risk that is promised: the share of images that the rule breaks
     * @param confidence of the promise, between 0 and 1
     * @return empty where not even the strictest threshold passes
     */
    public static Optional<Passed> choose(ExitScores scores, double risk, double confidence) {
        Optional<Passed> last = Optional.empty();
        int samples = scores.predictions().samples();
        for (double threshold : thresholds(scores.kind())) {
            int failures = scores.broken(threshold);
            double level = BinomialTail.atMost(failures, samples, risk);
            if (level > 1 - confidence) {
                break;
            }
            last = Optional.of(new Passed(threshold, failures, level));
        }
        return last;
    }
}
