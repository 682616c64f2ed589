package io.mambapkd.distill.calibration;

import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.runtime.exit.ExitFeatures;
import io.mambapkd.runtime.exit.RegretPredictor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fits the predictors of the regret of a chain: for each exit but the last, how probable it is that the answer there is wrong and that of the whole chain is right. Jazbec and others (arXiv
 * 2405.20915) choose exits by such a risk.
 */
public final class RegretFit {
    private RegretFit() {}

    /**
     * @param predictions of a chain on at least one image that no model has learned
     * @return one for each student but the last
     */
    public static List<RegretPredictor> fit(GroupPredictions predictions) {
        int last = predictions.students() - 1;
        List<RegretPredictor> predictors = new ArrayList<>();
        for (int exit = 0; exit < last; exit++) {
            double[][] features = new double[predictions.samples()][];
            boolean[] regrets = new boolean[predictions.samples()];
            double[] room = ExitFeatures.room();
            for (int sample = 0; sample < regrets.length; sample++) {
                features(predictions, exit, sample, room);
                features[sample] = Arrays.copyOf(room, RegretPredictor.features(exit));
                regrets[sample] = !predictions.isRight(exit, sample) && predictions.isRight(last, sample);
            }
            predictors.add(new RegretPredictor(LogisticRegression.fit(features, regrets)));
        }
        return List.copyOf(predictors);
    }

    /** What a predictor sees of a sample at an exit, as {@link ExitFeatures#of} writes it. */
    static void features(GroupPredictions predictions, int exit, int sample, double[] features) {
        int classes = predictions.classes();
        int before = exit == 0 ? -1 : predictions.prediction(exit - 1, sample);
        ExitFeatures.of(predictions.prefix(exit), predictions.own(exit), sample * classes, classes, before, features);
    }
}
