package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Parameter updates over flat buffers. What changes from step to step comes from a tensor, not by value. */
public interface OptimizerOps {
    /** @param epsilon added to the root of the second moment */
    record AdamW(double beta1, double beta2, double epsilon, double weightDecay) {}

    /** Nesterov momentum without dampening. */
    record Sgd(double momentum, double weightDecay) {}

    /** Number of values in {@code schedule}. */
    int SCHEDULE = 3;

    /**
     * One step of AdamW, Loshchilov and Hutter (arXiv 1711.05101), algorithm 2, as PyTorch does it: {@code p -= lr wd p}; {@code m = beta1
     * m + (1-beta1) g}; {@code v = beta2 v + (1-beta2) g^2}; {@code p -= lr / correction1 * m / (sqrt(v / correction2) + epsilon)}.
     *
     * @param schedule ({@link #SCHEDULE}): learning rate, 1 - beta1^t, 1 - beta2^t with t counted from 1
     * @param halted (1) I32: where it is not negative nothing is updated; null for always
     * @param parameters (n), updated in place; so are {@code m} and {@code v}
     */
    void adamW(
            AdamW options,
            Tensor schedule,
            @Nullable Tensor halted,
            Tensor parameters,
            Tensor gradients,
            Tensor m,
            Tensor v);

    /**
     * One step of SGD with Nesterov momentum as PyTorch does it: {@code g += wd p}; {@code buffer = momentum buffer + g}; {@code p -= lr (g +
     * momentum buffer)}. The buffer starts at zero.
     *
     * @param schedule ({@link #SCHEDULE}): learning rate, two unused
     */
    void sgd(Sgd options, Tensor schedule, Tensor parameters, Tensor gradients, Tensor buffer);

    /**
     * Scales the gradients by {@code min(1, maximum / (norm + 1e-6))}, where {@code norm} is the Euclidean norm of all of them: Pascanu et al. (arXiv
     * 1211.5063), section 3.2. Sums in a fixed order.
     *
     * @param norm (1), overwritten with the norm before clipping
     */
    void clipByGlobalNorm(double maximum, Tensor gradients, Tensor norm);

    /**
     * The books of a training step, between its gradient and its update, so that the host need not look in between: writes a row of the journal, halts the
     * updates for good at the first loss or norm that is not finite, and counts the step.
     *
     * @param statistics (J), of which the first is the loss
     * @param norm (1): of all gradients
     * @param step (1) I32: number of the step, from 0; one is added
     * @param halted (1) I32: the first step whose loss or norm was not finite; negative until then
     * @param journal (slots, J + 1): row {@code step % slots} is overwritten with the statistics and the norm
     */
    void record(Tensor statistics, Tensor norm, Tensor step, Tensor halted, Tensor journal);
}
