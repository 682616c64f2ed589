package io.mambapkd.optim;

import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Updates the parameters of one model from their gradients; what it keeps for that lies on the device. */
public interface Optimizer extends AutoCloseable {
    /**
     * One step.
     *
     * @param number (1) I32: of the step, from 1, at most the number of steps planned
     * @param factor (1): of the gradients, as by {@link OptimizerOps#gradientNorm}; null for 1
     * @param halted (1) I32: where it is not negative nothing is updated; null for always
     */
    void update(Tensor number, @Nullable Tensor factor, @Nullable Tensor halted);

    /** What it keeps from step to step, by name: with the parameters, all that the next update depends on. */
    Map<String, Tensor> state();

    @Override
    void close();
}
