package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parameter updates over flat buffers. What changes from step to step comes from a tensor, not by value. */
public interface OptimizerOps {
    /**
     * @param epsilon added to the root of the second moment
     * @param weightDecay of the parameters that have it
     */
    record AdamW(double beta1, double beta2, double epsilon, double weightDecay) {}

    /**
     * What a step of {@link #adamW} is to do.
     *
     * @param schedule (T, {@link #SCHEDULE}): a row for each of T steps, with the learning rate, 1 - beta1^t, and 1 - beta2^t
     * @param number (1) I32: t, the number of the step from 1, so that its row is t - 1; a row that is not there is an exception on the CPU, and makes the
     *     parameters NaN elsewhere
     * @param factor (1): of the gradients, as by {@link #gradientNorm}; null for 1
     * @param halted (1) I32: where it is not negative nothing is updated; null for always
     */
    record Step(
            Tensor schedule,
            Tensor number,
            @Nullable Tensor factor,
            @Nullable Tensor halted) {}

    /**
     * The books of a training step.
     *
     * @param statistics (J), of which the first is the loss
     * @param step (1) I32: number of the step, from 0; one is added
     * @param halted (1) I32: the first step whose loss or norm was not finite; negative until then
     * @param journal (slots, J + 1): row {@code step % slots} is overwritten with the statistics and the norm
     */
    record Books(Tensor statistics, Tensor step, Tensor halted, Tensor journal) {}

    /**
     * A range of the parameters: those from the end of the group before it.
     *
     * @param end of the range, exclusive; not below the end before
     * @param weightDecay of its parameters
     */
    record Group(int end, double weightDecay) {}

    /**
     * Nesterov momentum without dampening.
     *
     * @param groups from 1 to {@link #GROUPS}, of which the last ends behind the last parameter
     */
    record Sgd(double momentum, List<Group> groups) {
        public Sgd {
            groups = List.copyOf(groups);
        }
    }

    /** Number of values of a row of a schedule of {@link #adamW}. */
    int SCHEDULE = 3;

    /** Most groups of {@link #sgd}, and number of values of a row of its schedule. */
    int GROUPS = 4;

    /**
     * What a step of {@link #lookahead} is to do.
     *
     * @param schedule (T): for each of T steps, the share w of the parameters in their new average, in [0, 1]; negative for a step without one
     * @param number (1) I32: t, the number of the step from 1; one that is not there is an exception on the CPU, and makes the parameters NaN elsewhere
     * @param halted (1) I32: where it is not negative nothing is done; null for always
     */
    record Averaging(
            Tensor schedule, Tensor number, @Nullable Tensor halted) {}

    /**
     * One step of AdamW, Loshchilov and Hutter (arXiv 1711.05101), algorithm 2, as PyTorch does it, with {@code g} the gradient times the step's factor, rounded to
     * a float: {@code p -= lr wd p}; {@code m = beta1 m + (1-beta1) g}; {@code v = beta2 v + (1-beta2) g^2}; {@code p -= lr / correction1 * m / (sqrt(v /
     * correction2) + epsilon)}.
     *
     * @param decayed number of parameters, from the first, that decay; 0..n
     * @param parameters (n), updated in place; so are {@code m} and {@code v}
     * @param gradients (n), left as they are
     */
    void adamW(AdamW options, Step step, int decayed, Tensor parameters, Tensor gradients, Tensor m, Tensor v);

    /**
     * One step of SGD with Nesterov momentum as PyTorch does it, with {@code g} the gradient times the step's factor, rounded to a float, and the learning rate and the
     * weight decay of the parameter's group: {@code g += wd p}; {@code buffer = momentum buffer + g}; {@code p -= lr (g + momentum buffer)}. The buffer starts at zero.
     *
     * @param step whose schedule is (T, {@link #GROUPS}): the learning rates of the groups
     * @param parameters (n), updated in place; so is {@code buffer}
     * @param gradients (n), left as they are
     */
    void sgd(Sgd options, Step step, Tensor parameters, Tensor gradients, Tensor buffer);

    /**
     * The slow weights of Lookahead, Zhang et al. (arXiv 1907.08610), algorithm 1: {@code average += w (p - average)}, {@code p = average}.
     *
     * @param parameters (n), overwritten by their average; so is {@code average}
     */
    void lookahead(Averaging step, Tensor parameters, Tensor average);

    /**
     * The Euclidean norm of all gradients, and what clipping multiplies them by: {@code min(1, maximum / (norm + 1e-6))}, Pascanu et al. (arXiv 1211.5063),
     * section 3.2. Sums in a fixed order. The gradients are left as they are; {@link #adamW} takes the factor.
     *
     * <p>With books, it keeps those of the step too, so that the host need not look in between: writes a row of the journal, halts the updates for good at the first
     * loss or norm that is not finite, and counts the step.
     *
     * @param maximum above 0; infinite for no clipping
     * @param gradients (n)
     * @param norm (1), overwritten
     * @param factor (1), overwritten; 1 where the norm is not a number
     * @param books null for none
     */
    void gradientNorm(double maximum, Tensor gradients, Tensor norm, Tensor factor, @Nullable Books books);
}
