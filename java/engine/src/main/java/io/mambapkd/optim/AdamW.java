package io.mambapkd.optim;

import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * AdamW over a model's flat buffers: one update for the parameters with weight decay, one for those without. The learning rates and bias corrections of all
 * steps lie on the device, so that a step needs nothing from the host.
 */
public final class AdamW implements AutoCloseable {
    private static final double EPSILON = 1e-8;

    private record Segment(OptimizerOps.AdamW options, Tensor values, Tensor gradients, Tensor m, Tensor v) {}

    private final Backend backend;
    private final double beta1;
    private final double beta2;
    private final Arena state;
    private final Tensor plan;
    private final Tensor schedule;
    /** {@link #schedule} as the update takes it. */
    private final Tensor rates;

    private final Segment[] segments;

    /**
     * @param parameters sealed
     * @param weightDecay for the parameters that have it
     * @param steps number of steps to plan, at least 1
     * @param learningRate of step k, from 0
     */
    public AdamW(
            Backend backend,
            Parameters parameters,
            double beta1,
            double beta2,
            double weightDecay,
            int steps,
            IntToDoubleFunction learningRate) {
        this.backend = backend;
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.state = backend.newArena("adamw");
        int size = Math.toIntExact(parameters.flatElements());
        Tensor m = state.allocate("m", size);
        Tensor v = state.allocate("v", size);
        plan = state.allocate("plan", DType.F32, Shape.of(1, steps, OptimizerOps.SCHEDULE));
        schedule = state.allocate("schedule", 1, OptimizerOps.SCHEDULE);
        rates = schedule.reshape(OptimizerOps.SCHEDULE);
        state.seal();
        backend.upload(plan(steps, learningRate), plan);
        int border = Math.toIntExact(parameters.decayedElements());
        segments = new Segment[] {
            segment(parameters, m, v, 0, border, weightDecay), segment(parameters, m, v, border, size, 0)
        };
    }

    /** Rows of learning rate, 1 - beta1^t, 1 - beta2^t. */
    private float[] plan(int steps, IntToDoubleFunction learningRate) {
        float[] rows = new float[Math.multiplyExact(steps, OptimizerOps.SCHEDULE)];
        double power1 = 1;
        double power2 = 1;
        for (int step = 0; step < steps; step++) {
            power1 *= beta1;
            power2 *= beta2;
            int at = step * OptimizerOps.SCHEDULE;
            rows[at] = (float) learningRate.applyAsDouble(step);
            rows[at + 1] = (float) (1 - power1);
            rows[at + 2] = (float) (1 - power2);
        }
        return rows;
    }

    private Segment segment(Parameters parameters, Tensor m, Tensor v, int from, int to, double weightDecay) {
        return new Segment(
                new OptimizerOps.AdamW(beta1, beta2, EPSILON, weightDecay),
                parameters.flatValues(from, to),
                parameters.flatGradients(from, to),
                m.slices(from, to - from),
                v.slices(from, to - from));
    }

    /**
     * Looks up what a step is to do. To be followed by {@link #update}.
     *
     * @param step (1) I32, from 0, below the number of steps planned
     */
    public void select(Tensor step) {
        backend.imagePipeline().rows(plan, null, step, schedule);
    }

    /**
     * Updates the parameters from their gradients, as {@link #select} said.
     *
     * @param halted (1) I32: where it is not negative nothing is updated; null for always
     */
    public void update(@Nullable Tensor halted) {
        for (Segment s : segments) {
            backend.optimizer().adamW(s.options(), rates, halted, s.values(), s.gradients(), s.m(), s.v());
        }
    }

    @Override
    public void close() {
        state.close();
    }
}
