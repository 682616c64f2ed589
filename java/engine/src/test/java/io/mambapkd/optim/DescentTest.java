package io.mambapkd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** SGD and the average of the weights as a training uses them, beside the recipe written down as a loop. */
class DescentTest {
    private static final int STEPS = 12;

    private final Backend backend = new CpuBackend(1);
    private final Parameters parameters = new Parameters(backend, "test");
    private final Arena arena = backend.newArena("step");
    private final Tensor number = arena.allocate("number", DType.I32, Shape.of(1));

    DescentTest() {
        arena.seal();
    }

    @AfterEach
    void close() {
        parameters.close();
        arena.close();
        backend.close();
    }

    private static float gradient(int group, int step) {
        return (float) Math.sin(1 + group + 2.3 * step);
    }

    /**
     * airbench94: the loss is the sum over the batch, rates and decays are divided by kilostep = 1024 (1 + 1/(1 - momentum)), those of norms' biases are 64 times as fast
     * with the same decay in the end, and the bias of the input stays after some steps.
     */
    @Test
    void ratesByKilostepAreThoseOfTheRecipe() {
        Decay[] groups = {Decay.YES, Decay.NORM_BIAS, Decay.INPUT_BIAS};
        Parameter[] learned = new Parameter[groups.length];
        // In another order than that of the groups.
        for (int i = groups.length - 1; i >= 0; i--) {
            learned[i] = parameters.declare("p" + i, groups[i], Initializer.constant(0.5f + i), 1);
        }
        parameters.seal();
        parameters.initialise(0, 0);
        int batch = 256;
        double momentum = 0.85;
        double peak = 11.5;
        double decay = 0.0153;
        LearningRateSchedule schedule = LearningRateSchedule.triangle(peak, STEPS, 0.2, 0.23, 0.07);
        try (Nesterov optimizer = new Nesterov(
                backend,
                parameters,
                new Nesterov.Options(Nesterov.RateUnit.KILOSTEP, momentum, decay, 64),
                batch,
                STEPS,
                4,
                peak,
                schedule::at)) {
            double kilostep = 1024 * (1 + 1 / (1 - momentum));
            double rate = peak / kilostep;
            double weightDecay = decay * batch / kilostep;
            double[] expected = {0.5, 1.5, 2.5};
            double[] buffers = new double[groups.length];
            for (int step = 0; step < STEPS; step++) {
                for (int i = 0; i < groups.length; i++) {
                    backend.upload(new float[] {gradient(i, step)}, learned[i].gradient());
                    if (groups[i] != Decay.INPUT_BIAS || step < 4) {
                        double groupRate = rate * (groups[i] == Decay.NORM_BIAS ? 64 : 1);
                        double g = batch * (double) gradient(i, step) + weightDecay / groupRate * expected[i];
                        buffers[i] = momentum * buffers[i] + g;
                        expected[i] -= groupRate * schedule.at(step) / peak * (g + momentum * buffers[i]);
                    }
                }
                backend.upload(new int[] {step + 1}, number);
                optimizer.update(number, null, null);
            }
            for (int i = 0; i < groups.length; i++) {
                assertThat((double) backend.download(learned[i].value())[0])
                        .as(groups[i].name())
                        .isCloseTo(expected[i], within(2e-5 * Math.max(1, Math.abs(expected[i]))));
            }
        }
    }

    @Test
    void ratesByStepAreThoseOfPyTorchAndOnlyMatricesDecay() {
        Parameter matrix = parameters.declare("matrix", Decay.YES, Initializer.constant(2), 1);
        Parameter bias = parameters.declare("bias", Decay.NO, Initializer.constant(2), 1);
        parameters.seal();
        parameters.initialise(0, 0);
        double[] p = {2, 2};
        double[] buffer = new double[2];
        try (Nesterov optimizer = new Nesterov(
                backend,
                parameters,
                new Nesterov.Options(Nesterov.RateUnit.STEP, 0.9, 0.1, 1),
                7,
                STEPS,
                0,
                0.2,
                step -> 0.2 / (step + 1))) {
            for (int step = 0; step < STEPS; step++) {
                for (int i = 0; i < 2; i++) {
                    double g = gradient(i, step) + (i == 0 ? 0.1 * p[i] : 0);
                    buffer[i] = 0.9 * buffer[i] + g;
                    p[i] -= 0.2 / (step + 1) * (g + 0.9 * buffer[i]);
                }
                backend.upload(new float[] {gradient(0, step)}, matrix.gradient());
                backend.upload(new float[] {gradient(1, step)}, bias.gradient());
                backend.upload(new int[] {step + 1}, number);
                optimizer.update(number, null, null);
            }
        }
        assertThat((double) backend.download(matrix.value())[0]).isCloseTo(p[0], within(1e-5));
        assertThat((double) backend.download(bias.value())[0]).isCloseTo(p[1], within(1e-5));
    }

    /** The loop of airbench94, over parameters and buffers alike: an average every fifth step, and what it holds in the end. */
    @Test
    void theAverageIsThatOfTheRecipe() {
        Parameter learned = parameters.declare("learned", Decay.YES, Initializer.constant(1), 2);
        Parameter buffer = parameters.declareBuffer("buffer", Initializer.constant(-1), 2);
        parameters.seal();
        parameters.initialise(0, 0);
        double[] values = {1, -1};
        double[] average = values.clone();
        try (Lookahead lookahead = new Lookahead(backend, parameters, STEPS)) {
            for (int step = 1; step <= STEPS; step++) {
                for (int i = 0; i < 2; i++) {
                    values[i] += gradient(i, step);
                    Tensor tensor = i == 0 ? learned.value() : buffer.value();
                    float now = backend.download(tensor)[1] + gradient(i, step);
                    backend.upload(new float[] {now, now}, tensor);
                    if (step % 5 == 0) {
                        double decay = Math.pow(0.95, 5) * Math.pow(step / (double) STEPS, 3);
                        average[i] = decay * average[i] + (1 - decay) * values[i];
                        values[i] = average[i];
                    }
                    if (step == STEPS) {
                        values[i] = average[i];
                    }
                }
                backend.upload(new int[] {step}, number);
                lookahead.update(number, null);
                assertThat((double) backend.download(learned.value())[0]).isCloseTo(values[0], within(1e-5));
                assertThat((double) backend.download(buffer.value())[1]).isCloseTo(values[1], within(1e-5));
            }
        }
    }
}
