package io.mambapkd.optim;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Stochastic gradient descent with Nesterov momentum over a model's flat buffers, with a learning rate and a weight decay for each group of parameters ({@link Decay}).
 * The learning rates of all steps lie on the device.
 */
public final class Nesterov implements Optimizer {
    /** What a learning rate is a rate of. */
    public enum RateUnit {
        /** One step: that of PyTorch's SGD, on the mean loss of a batch. Tensors of 2 or more axes have weight decay. */
        STEP,
        /**
         * 1,024 images and their momentum, as in Jordan (arXiv 2404.00498): a rate is divided by 1 + 1/(1 - momentum) and multiplied by images/1024, so that it may stay as
         * it is for other batches and momenta. All parameters have weight decay, which is decoupled from the rate: what a step takes off a parameter at the peak is the same
         * whatever the rate of its group.
         */
        KILOSTEP
    }

    /**
     * @param unit of the learning rate
     * @param momentum in [0, 1)
     * @param weightDecay see {@link RateUnit}
     * @param biasScale what the learning rate of norms' biases is multiplied by, where the norms have no scale
     */
    public record Options(RateUnit unit, double momentum, double weightDecay, double biasScale) {}

    private final Backend backend;
    private final OptimizerOps.Sgd options;
    private final Arena state;
    private final Tensor values;
    private final Tensor gradients;
    private final Tensor buffer;
    private final Tensor schedule;

    /**
     * @param parameters sealed
     * @param batch images of a step
     * @param steps number of steps to plan, at least 1
     * @param inputBiasSteps first step that leaves the bias of the input as it is: {@link Decay#INPUT_BIAS}
     * @param peak largest learning rate, in the unit of the options
     * @param learningRate of step k, from 0, in the unit of the options
     */
    public Nesterov(
            Backend backend,
            Parameters parameters,
            Options options,
            int batch,
            int steps,
            long inputBiasSteps,
            double peak,
            IntToDoubleFunction learningRate) {
        this.backend = backend;
        List<OptimizerOps.Group> groups = new ArrayList<>();
        for (Decay group : Decay.values()) {
            groups.add(new OptimizerOps.Group(Math.toIntExact(parameters.end(group)), decay(options, group, peak)));
        }
        this.options = new OptimizerOps.Sgd(options.momentum(), groups);
        int size = Math.toIntExact(parameters.flatElements());
        values = parameters.flatValues(0, size);
        gradients = parameters.flatGradients(0, size);
        state = backend.newArena("sgd");
        buffer = state.allocate("momentum", size);
        schedule = state.allocate("schedule", steps, OptimizerOps.GROUPS);
        state.seal();
        float[] rows = new float[Math.multiplyExact(steps, OptimizerOps.GROUPS)];
        for (int step = 0; step < steps; step++) {
            double rate = learningRate.applyAsDouble(step) * perStep(options, batch);
            int column = step * OptimizerOps.GROUPS;
            for (Decay group : Decay.values()) {
                boolean ended = group == Decay.INPUT_BIAS && step >= inputBiasSteps;
                rows[column] = ended ? 0 : (float) (rate * scale(options, group));
                column++;
            }
        }
        backend.upload(rows, schedule);
    }

    /** What makes a learning rate one of a step on the mean loss. */
    private static double perStep(Options options, int batch) {
        return switch (options.unit()) {
            case STEP -> 1;
            // The recipe's loss is the sum over the batch.
            case KILOSTEP -> batch / (1024 * (1 + 1 / (1 - options.momentum())));
        };
    }

    private static double scale(Options options, Decay group) {
        return group == Decay.NORM_BIAS ? options.biasScale() : 1;
    }

    private static double decay(Options options, Decay group, double peak) {
        return switch (options.unit()) {
            case STEP -> group == Decay.YES ? options.weightDecay() : 0;
            case KILOSTEP -> options.weightDecay() / (peak * scale(options, group));
        };
    }

    @Override
    public void update(Tensor number, @Nullable Tensor factor, @Nullable Tensor halted) {
        OptimizerOps.Step step = new OptimizerOps.Step(schedule, number, factor, halted);
        backend.optimizer().sgd(options, step, values, gradients, buffer);
    }

    @Override
    public Map<String, Tensor> state() {
        return Map.of("sgd.momentum", buffer);
    }

    @Override
    public void close() {
        state.close();
    }
}
