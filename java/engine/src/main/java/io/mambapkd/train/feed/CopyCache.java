package io.mambapkd.train.feed;

import io.mambapkd.model.Classifier;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fixed copies of the training images, copy 0 as they are and the others augmented, with the teacher's logits on each, and those of a group that students
 * join: training a student runs neither. A copy is a function of seed, copy and sample, a batch of seed, model and step, wherever they are kept.
 */
public interface CopyCache extends AutoCloseable {
    /** No training has as many epochs, so that every model of a run sees orders and copies of its own. */
    int EPOCHS_PER_MODEL = 1 << 16;

    /** S: number of images in each copy. */
    int samples();

    /** Starts a group without students. */
    void clearGroup();

    /**
     * Batches for one model.
     *
     * @param extras the logits that they are to have
     * @param weights (S) of the samples in the loss, or null for 1
     * @param batch images per step
     * @param model tells the models of a run apart, for the random draws
     */
    BatchSource batches(Set<TrainingData.Extra> extras, float @Nullable [] weights, int batch, int model);

    /** {@code group = keep group + weight student}, on every copy. A student that reads the logits of a group gets those from before it joins. */
    void join(Classifier student, double keep, double weight);

    /** Logits (S, K) of a model on the clean copy; one that reads the logits of a group gets those of the group as it is. */
    float[] cleanLogits(Classifier model);

    /** The teacher's logits (S, K) on the clean copy. */
    float[] cleanTeacherLogits();

    @Override
    void close();
}
