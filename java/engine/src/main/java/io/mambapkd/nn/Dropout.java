package io.mambapkd.nn;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Inverted dropout while training, the identity otherwise. */
public final class Dropout extends Layer {
    private final float rate;
    private final long seed;
    private final int number;
    private final Tensor step;
    private @Nullable Backend backend;

    /**
     * @param rate share that is dropped, in [0, 1)
     * @param number tells the dropout layers of one model apart
     * @param step (1) I32, number of optimizer steps taken: the masks depend on it
     */
    public Dropout(double rate, long seed, int number, Tensor step) {
        this.rate = (float) rate;
        this.seed = seed;
        this.number = number;
        this.step = step;
    }

    @Override
    protected Shape plan(LayerPlan plan, Shape inputShape) {
        backend = plan.backend();
        return inputShape;
    }

    @Override
    protected void compute(Tensor x, Tensor y, Mode mode) {
        switch (mode) {
            case TRAINING -> requireNonNull(backend).dropout().apply(rate, seed, number, step, x, y);
            case INFERENCE -> requireNonNull(backend).copy(x, y);
        }
    }

    @Override
    protected void differentiate(Tensor x, Tensor y, Tensor dy, @Nullable Tensor dx) {
        if (dx != null) {
            requireNonNull(backend).dropout().apply(rate, seed, number, step, dy, dx);
        }
    }
}
