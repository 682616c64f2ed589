package io.mambapkd.distill.calibration;

import io.mambapkd.distill.GroupPredictions;

/**
 * Whether answers only become better along a chain.
 *
 * @param falling share of the images for which some student lowers the probability of the true class by more than {@link #FALL}
 * @param lost share of the images that are right at some student and wrong at the end
 */
public record Monotony(double falling, double lost) {
    /** What counts as a fall of a probability. */
    public static final double FALL = 0.05;

    public static Monotony of(GroupPredictions predictions) {
        int falling = 0;
        int lost = 0;
        int last = predictions.students() - 1;
        for (int sample = 0; sample < predictions.samples(); sample++) {
            boolean falls = false;
            boolean wasRight = false;
            for (int k = 1; k <= last; k++) {
                double before = predictions.probabilityOfLabel(k - 1, sample);
                falls |= before - predictions.probabilityOfLabel(k, sample) > FALL;
                wasRight |= predictions.isRight(k - 1, sample);
            }
            falling += falls ? 1 : 0;
            lost += wasRight && !predictions.isRight(last, sample) ? 1 : 0;
        }
        double samples = predictions.samples();
        return new Monotony(falling / samples, lost / samples);
    }
}
