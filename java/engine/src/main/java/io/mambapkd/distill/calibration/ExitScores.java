package io.mambapkd.distill.calibration;

import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.runtime.exit.ExitFeatures;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.exit.RegretPredictor;
import java.util.List;

/** What an exit rule compares with its threshold, for each sample at each exit but the last: where a chain stops is read from it for any threshold. */
public final class ExitScores {
    private final GroupPredictions predictions;
    private final ExitRule.Kind kind;
    /** (n, students - 1). */
    private final double[] scores;

    private final int exits;

    private ExitScores(GroupPredictions predictions, ExitRule.Kind kind) {
        this.predictions = predictions;
        this.kind = kind;
        exits = predictions.students() - 1;
        scores = new double[predictions.samples() * exits];
    }

    /** Largest probabilities. */
    public static ExitScores confidence(GroupPredictions predictions) {
        ExitScores all = new ExitScores(predictions, ExitRule.Kind.CONFIDENCE);
        for (int i = 0; i < all.scores.length; i++) {
            all.scores[i] = predictions.confidence(i % all.exits, i / all.exits);
        }
        return all;
    }

    /**
     * Predicted regrets.
     *
     * @param predictors one for each student but the last
     */
    public static ExitScores regret(GroupPredictions predictions, List<RegretPredictor> predictors) {
        ExitScores all = new ExitScores(predictions, ExitRule.Kind.REGRET);
        double[] features = ExitFeatures.room();
        for (int i = 0; i < all.scores.length; i++) {
            RegretFit.features(predictions, i % all.exits, i / all.exits, features);
            all.scores[i] = predictors.get(i % all.exits).regret(features);
        }
        return all;
    }

    /** Of what the scores are. */
    public GroupPredictions predictions() {
        return predictions;
    }

    public ExitRule.Kind kind() {
        return kind;
    }

    /** The student, from 0, at which a sample stops. */
    public int exit(int sample, double threshold) {
        int exit = 0;
        while (exit < exits && !stops(scores[sample * exits + exit], threshold)) {
            exit++;
        }
        return exit;
    }

    private boolean stops(double score, double threshold) {
        return kind == ExitRule.Kind.CONFIDENCE ? score >= threshold : score <= threshold;
    }

    /** Whether a sample is answered wrongly where it stops, and correctly by the whole chain. */
    public boolean isBroken(int sample, double threshold) {
        return predictions.isRight(exits, sample) && !predictions.isRight(exit(sample, threshold), sample);
    }

    /** Number of samples that {@link #isBroken}. */
    public int broken(double threshold) {
        int broken = 0;
        for (int sample = 0; sample < predictions.samples(); sample++) {
            broken += isBroken(sample, threshold) ? 1 : 0;
        }
        return broken;
    }
}
