package io.mambapkd.data;

import io.mambapkd.random.Permutation;
import io.mambapkd.random.Purpose;

/**
 * Which samples a step of training sees: a pure function of (seed, step). Every epoch visits the samples in another order; what is left
 * when the batch size does not divide their number is skipped, and is something else each epoch.
 */
public final class SampleOrder {
    private final long seed;
    private final int samples;
    private final int batch;

    /**
     * @param samples number of samples; their ids are 0..samples-1
     * @param batch samples per step
     */
    public SampleOrder(long seed, int samples, int batch) {
        if (batch < 1 || batch > samples) {
            throw new IllegalArgumentException("a batch of " + batch + " cannot be drawn from " + samples + " samples");
        }
        this.seed = seed;
        this.samples = samples;
        this.batch = batch;
    }

    public int stepsPerEpoch() {
        return samples / batch;
    }

    public long seed() {
        return seed;
    }

    /** Number of samples that are put in order. */
    public int count() {
        return samples;
    }

    /** Samples per step. */
    public int batch() {
        return batch;
    }

    /** The epoch, from 0, that a step, from 0, belongs to. */
    public int epoch(long step) {
        return Math.toIntExact(step / stepsPerEpoch());
    }

    /**
     * The samples of a step.
     *
     * @param step from 0, counted through all epochs
     * @param target gets {@link #batch} sample ids
     */
    public void samples(long step, int[] target) {
        Permutation order = new Permutation(seed, Purpose.SAMPLE_ORDER, epoch(step), samples);
        int first = (int) (step % stepsPerEpoch()) * batch;
        for (int i = 0; i < batch; i++) {
            target[i] = order.at(first + i);
        }
    }
}
