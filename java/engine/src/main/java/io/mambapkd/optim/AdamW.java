package io.mambapkd.optim;

import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * AdamW over a model's flat buffers, those with weight decay first. The learning rates and bias corrections of all steps lie on the device, so that a step needs
 * nothing from the host.
 */
public final class AdamW implements Optimizer {
    private static final double EPSILON = 1e-8;

    private final Backend backend;
    private final OptimizerOps.AdamW options;
    private final int decayed;
    private final Arena state;
    private final Tensor values;
    private final Tensor gradients;
    private final Tensor m;
    private final Tensor v;
    private final Tensor schedule;

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
        options = new OptimizerOps.AdamW(beta1, beta2, EPSILON, weightDecay);
        decayed = Math.toIntExact(parameters.decayedElements());
        int size = Math.toIntExact(parameters.flatElements());
        values = parameters.flatValues(0, size);
        gradients = parameters.flatGradients(0, size);
        state = backend.newArena("adamw");
        m = state.allocate("m", size);
        v = state.allocate("v", size);
        schedule = state.allocate("schedule", steps, OptimizerOps.SCHEDULE);
        state.seal();
        backend.upload(rows(steps, learningRate), schedule);
    }

    /** Rows of learning rate, 1 - beta1^t, 1 - beta2^t. */
    private float[] rows(int steps, IntToDoubleFunction learningRate) {
        float[] rows = new float[Math.multiplyExact(steps, OptimizerOps.SCHEDULE)];
        double power1 = 1;
        double power2 = 1;
        for (int step = 0; step < steps; step++) {
            power1 *= options.beta1();
            power2 *= options.beta2();
            int at = step * OptimizerOps.SCHEDULE;
            rows[at] = (float) learningRate.applyAsDouble(step);
            rows[at + 1] = (float) (1 - power1);
            rows[at + 2] = (float) (1 - power2);
        }
        return rows;
    }

    @Override
    public void update(Tensor number, @Nullable Tensor factor, @Nullable Tensor halted) {
        OptimizerOps.Step step = new OptimizerOps.Step(schedule, number, factor, halted);
        backend.optimizer().adamW(options, step, decayed, values, gradients, m, v);
    }

    @Override
    public Map<String, Tensor> state() {
        return Map.of("adamw.m", m, "adamw.v", v);
    }

    @Override
    public void close() {
        state.close();
    }
}
