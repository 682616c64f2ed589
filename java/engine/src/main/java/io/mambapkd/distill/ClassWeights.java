package io.mambapkd.distill;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whether images of rare classes count more in the losses of all models that a run trains.
 *
 * <p>Each sample's whole loss is multiplied by its weight, which is the same for all samples of a class; the weights have a mean of 1 over the samples that are
 * trained on, so that learning rates keep their meaning.
 */
public enum ClassWeights {
    /** All images count alike. */
    NONE,
    /** All classes count alike: the weight of a sample is n / (K n_class), K being the number of classes that occur; {@code "balanced"} of scikit-learn. */
    BALANCED;

    /**
     * The weights of the first samples of a training set.
     *
     * @param labels of all samples, 0 or more
     * @param count n: number of samples that are trained on, from the start
     * @return (n) weights with a mean of 1; null where all are 1
     */
    public float @Nullable [] of(int[] labels, int count) {
        if (this == NONE) {
            return null;
        }
        int[] images = new int[Arrays.stream(labels).max().orElse(0) + 1];
        for (int i = 0; i < count; i++) {
            images[labels[i]]++;
        }
        long occurring = Arrays.stream(images).filter(n -> n > 0).count();
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) ((double) count / (occurring * images[labels[i]]));
        }
        return weights;
    }

    /**
     * The weights of samples that are weighted by their class and by the errors of the students before. Their products are scaled to a mean of 1.
     *
     * @param ofClasses (n), or null for 1
     * @param boosting for n samples, or null for 1
     * @return (n) weights; null where all are 1
     */
    public static float @Nullable [] product(float @Nullable [] ofClasses, @Nullable BoostingWeights boosting) {
        if (boosting == null) {
            return ofClasses;
        }
        float[] weights = boosting.weights();
        if (ofClasses == null) {
            return weights;
        }
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            total += (double) ofClasses[i] * weights[i];
        }
        double scale = weights.length / total;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (scale * ofClasses[i] * weights[i]);
        }
        return weights;
    }
}
