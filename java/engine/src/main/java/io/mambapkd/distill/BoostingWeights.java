package io.mambapkd.distill;

import java.util.Arrays;

/**
 * Sample weights that follow the group's errors: the K+ and K- matrices of B-DISTIL, Dennis et al., "Progressive ensemble distillation" (NeurIPS 2023),
 * algorithm 1. With {@code e = softmax(student) - softmax(teacher)} per sample and class, {@code K+ *= exp(-eta e)} and {@code K- *= exp(eta e)}, normalised
 * together; the weight of a sample is its share of both, times the number of samples, so that the mean weight is 1.
 *
 * <p>Only the weights are taken from there: the loss stays the distillation loss, weighted. Errors are those on the clean copy.
 */
public final class BoostingWeights {
    private static final double ETA = 1;

    private final int samples;
    private final int classes;
    private final double[] plus;
    private final double[] minus;
    private final float[] weights;

    public BoostingWeights(int samples, int classes) {
        this.samples = samples;
        this.classes = classes;
        this.plus = new double[samples * classes];
        this.minus = new double[samples * classes];
        this.weights = new float[samples];
        Arrays.fill(plus, 1);
        Arrays.fill(minus, 1);
        Arrays.fill(weights, 1f);
    }

    /** Weights (samples) in the loss of the next student; a copy. */
    public float[] weights() {
        return weights.clone();
    }

    /**
     * Takes the errors of a student that has just been trained into account.
     *
     * @param student (samples, K) logits
     * @param teacher (samples, K) logits
     */
    public void update(float[] student, float[] teacher) {
        double total = 0;
        double[] p = new double[classes];
        double[] q = new double[classes];
        for (int i = 0; i < samples; i++) {
            int at = i * classes;
            Probabilities.softmax(student, at, classes, p);
            Probabilities.softmax(teacher, at, classes, q);
            for (int k = 0; k < classes; k++) {
                double factor = StrictMath.exp(ETA * (p[k] - q[k]));
                plus[at + k] /= factor;
                minus[at + k] *= factor;
                total += plus[at + k] + minus[at + k];
            }
        }
        double scale = samples / total;
        for (int i = 0; i < samples; i++) {
            double sum = 0;
            for (int k = i * classes; k < (i + 1) * classes; k++) {
                plus[k] *= scale;
                minus[k] *= scale;
                sum += plus[k] + minus[k];
            }
            weights[i] = (float) sum;
        }
    }
}
