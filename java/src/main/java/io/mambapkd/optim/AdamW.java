package io.mambapkd.optim;

import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;

/** AdamW over a model's flat buffers: one update for the parameters with weight decay, one for those without. */
public final class AdamW implements AutoCloseable {
    private static final double EPSILON = 1e-8;

    private record Segment(OptimizerOps.AdamW options, Tensor values, Tensor gradients, Tensor m, Tensor v) {}

    private final Backend backend;
    private final double beta1;
    private final double beta2;
    private final Arena state;
    private final Tensor schedule;
    private final Segment decayed;
    private final Segment plain;
    private double power1 = 1;
    private double power2 = 1;

    /**
     * @param parameters sealed
     * @param weightDecay for the parameters that have it
     */
    public AdamW(Backend backend, Parameters parameters, double beta1, double beta2, double weightDecay) {
        this.backend = backend;
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.state = backend.newArena("adamw");
        int size = Math.toIntExact(parameters.flatElements());
        Tensor m = state.allocate("m", size);
        Tensor v = state.allocate("v", size);
        schedule = state.allocate("schedule", OptimizerOps.SCHEDULE);
        state.seal();
        int border = Math.toIntExact(parameters.decayedElements());
        decayed = segment(parameters, m, v, 0, border, weightDecay);
        plain = segment(parameters, m, v, border, size, 0);
    }

    private Segment segment(Parameters parameters, Tensor m, Tensor v, int from, int to, double weightDecay) {
        return new Segment(
                new OptimizerOps.AdamW(beta1, beta2, EPSILON, weightDecay),
                parameters.flatValues(from, to),
                parameters.flatGradients(from, to),
                m.slices(from, to - from),
                v.slices(from, to - from));
    }

    /** Updates the parameters from their gradients: {@link #schedule} and {@link #update}. */
    public void step(double learningRate) {
        schedule(learningRate);
        update();
    }

    /** Counts a step and tells the device its learning rate. To be followed by {@link #update}. */
    public void schedule(double learningRate) {
        power1 *= beta1;
        power2 *= beta2;
        backend.upload(new float[] {(float) learningRate, (float) (1 - power1), (float) (1 - power2)}, schedule);
    }

    /** The update alone, which may be replayed: what changes from step to step is on the device. */
    public void update() {
        for (Segment s : new Segment[] {decayed, plain}) {
            backend.optimizer().adamW(s.options(), schedule, s.values(), s.gradients(), s.m(), s.v());
        }
    }

    @Override
    public void close() {
        state.close();
    }
}
