package io.mambapkd.optim;

import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A moving average of a model's parameters and buffers, which takes their place every fifth step: Lookahead, Zhang et al. (arXiv 1907.08610), with the decay of Jordan
 * (arXiv 2404.00498), {@code 0.95^5 (k / steps)^3} after step k: hardly any average at first, a long one in the end. After the last step the average takes their place once more.
 */
public final class Lookahead implements AutoCloseable {
    private static final int INTERVAL = 5;
    private static final double LAST_DECAY = 0.95;
    private static final float NOT_NOW = -1;

    private record Averaged(String name, Tensor values, Tensor average) {}

    private final Backend backend;
    private final Arena state;
    private final Tensor schedule;
    private final List<Averaged> vectors = new ArrayList<>();

    /**
     * @param parameters sealed, with the values that the average begins with
     * @param steps number of steps to plan, at least 1
     */
    public Lookahead(Backend backend, Parameters parameters, int steps) {
        this.backend = backend;
        state = backend.newArena("lookahead");
        schedule = state.allocate("schedule", steps);
        add("parameters", parameters.flatValues(0, parameters.flatElements()));
        parameters.flatBuffers().ifPresent(buffers -> add("buffers", buffers));
        state.seal();
        float[] shares = new float[steps];
        for (int step = 1; step <= steps; step++) {
            boolean now = step % INTERVAL == 0;
            // Behind the last step only the average's place is taken, without what came after the fifth steps.
            shares[step - 1] = now ? (float) (1 - decay(step, steps)) : step == steps ? 0 : NOT_NOW;
        }
        backend.upload(shares, schedule);
        for (Averaged vector : vectors) {
            backend.copy(vector.values(), vector.average());
        }
    }

    private void add(String name, Tensor values) {
        vectors.add(new Averaged(
                name,
                values,
                state.allocate(name, Math.toIntExact(values.shape().elements()))));
    }

    private static double decay(int step, int steps) {
        return StrictMath.pow(LAST_DECAY, INTERVAL) * StrictMath.pow((double) step / steps, 3);
    }

    /**
     * What is to be done after a step.
     *
     * @param number (1) I32: of the step, from 1, at most the number of steps planned
     * @param halted (1) I32: where it is not negative nothing is done; null for always
     */
    public void update(Tensor number, @Nullable Tensor halted) {
        OptimizerOps.Averaging step = new OptimizerOps.Averaging(schedule, number, halted);
        for (Averaged vector : vectors) {
            backend.optimizer().lookahead(step, vector.values(), vector.average());
        }
    }

    /** The averages, by name. */
    public Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        vectors.forEach(vector -> state.put("lookahead." + vector.name(), vector.average()));
        return state;
    }

    @Override
    public void close() {
        state.close();
    }
}
