package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/**
 * Inverted dropout, Srivastava et al. (JMLR 2014). The mask is a pure function of (seed, layer, step, element), so that the
 * backward pass draws it again and nothing is saved: element {@code i} is dropped where {@code
 * CounterRandom(seed, DROPOUT).uniform(step, i, layer) < rate}.
 */
public interface DropoutOps {
    /**
     * {@code y = x / (1 - rate)} where kept, 0 where dropped. Its own gradient: call it on {@code dy} with the same arguments.
     *
     * @param rate in [0, 1)
     * @param layer tells the dropout layers of one model apart; below 2^24
     * @param step (1) I32, number of optimizer steps taken
     * @param y shape of {@code x}, overwritten; may be {@code x} itself
     */
    void apply(float rate, long seed, int layer, Tensor step, Tensor x, Tensor y);
}
