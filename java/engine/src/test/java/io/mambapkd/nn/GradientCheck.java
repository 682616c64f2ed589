package io.mambapkd.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ops.Backend;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;

/**
 * Holds a layer's backward pass against central differences of its forward pass: of the sum of the outputs, each times a random factor. The outputs are
 * floats and so good to 1e-7; with steps of 1e-2 the differences are good to about 1e-4 of the largest gradient where the layer is
 * linear or smooth.
 */
final class GradientCheck implements AutoCloseable {
    private static final float STEP = 1e-2f;
    private static final double TOLERANCE = 2e-3;

    private final Backend backend;
    private final Layer layer;
    private final Parameters parameters;
    private final Arena arena;
    private final Tensor x;
    private final Tensor y;
    private final Tensor dy;
    private final Tensor dx;
    private final float[] factors;

    GradientCheck(Backend backend, Layer layer, float[] input, int... extents) {
        this.backend = backend;
        this.layer = layer;
        parameters = new Parameters(backend, "test");
        arena = backend.newArena("test");
        LayerPlan plan = new LayerPlan(backend, parameters, arena, "");
        Shape output = layer.allocate(plan, Shape.of(extents));
        x = plan.tensor("x", extents);
        dx = plan.tensor("dx", extents);
        y = plan.tensor("y", output);
        dy = plan.tensor("dy", output);
        arena.seal();
        parameters.seal();
        parameters.initialise(1, 0);
        backend.upload(input, x);
        factors = random(9, Math.toIntExact(output.elements()));
    }

    /** Uniform in [-1, 1). */
    static float[] random(int stream, int count) {
        CounterRandom random = new CounterRandom(13, Purpose.TEST_INPUT);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.uniform(stream, i, 0, -1, 1);
        }
        return values;
    }

    void run() {
        layer.forward(x, y, Mode.TRAINING);
        backend.upload(factors, dy);
        for (Parameter parameter : parameters.all()) {
            if (parameter.hasGradient()) {
                backend.zero(parameter.gradient());
            }
        }
        layer.backward(x, y, dy, dx);
        compare("dx", backend.download(dx), x);
        for (Parameter parameter : parameters.all()) {
            if (parameter.hasGradient()) {
                compare("d " + parameter.name(), backend.download(parameter.gradient()), parameter.value());
            }
        }
    }

    private void compare(String name, float[] gradient, Tensor variable) {
        float[] values = backend.download(variable);
        double scale = 0;
        for (float value : gradient) {
            scale = Math.max(scale, Math.abs(value));
        }
        assertThat(scale).as("largest element of " + name).isGreaterThan(0);
        for (int i = 0; i < values.length; i++) {
            float kept = values[i];
            values[i] = kept + STEP;
            double above = loss(values, variable);
            double up = values[i];
            values[i] = kept - STEP;
            double below = loss(values, variable);
            double difference = (above - below) / (up - values[i]);
            values[i] = kept;
            assertThat(Math.abs(gradient[i] - difference))
                    .as("%s[%d] is %g, central difference %g", name, i, gradient[i], difference)
                    .isLessThan(TOLERANCE * scale);
        }
        backend.upload(values, variable);
    }

    private double loss(float[] values, Tensor variable) {
        backend.upload(values, variable);
        layer.forward(x, y, Mode.TRAINING);
        float[] outputs = backend.download(y);
        double loss = 0;
        for (int i = 0; i < outputs.length; i++) {
            loss += (double) outputs[i] * factors[i];
        }
        return loss;
    }

    @Override
    public void close() {
        arena.close();
        parameters.close();
    }
}
