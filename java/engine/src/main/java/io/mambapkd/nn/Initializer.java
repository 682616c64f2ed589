package io.mambapkd.nn;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.tensor.Shape;
import java.util.Arrays;

/** First values of a parameter. */
@FunctionalInterface
public interface Initializer {
    /** Random numbers of one parameter: a pure function of (seed, model, parameter name, draw). */
    record Draws(CounterRandom random, int model, long parameter) {
        public float uniform(int draw, float low, float high) {
            return random.uniform(model, parameter, draw, low, high);
        }

        public float normal(int draw) {
            return random.normal(model, parameter, draw);
        }
    }

    /** Returns the values of a parameter of the given shape, row-major. */
    float[] values(Shape shape, Draws draws);

    static Initializer constant(float value) {
        return (shape, draws) -> {
            float[] values = new float[Math.toIntExact(shape.elements())];
            Arrays.fill(values, value);
            return values;
        };
    }

    /**
     * For the kernels (outputs, inputs, k, k) of a convolution: of each of the first min(outputs, inputs) outputs the input of the same number, unchanged; the others as
     * {@code rest} has them. Zagoruyko and Komodakis (arXiv 1706.00388); as a partial initialisation in Jordan (arXiv 2404.00498), section 3.1.
     */
    static Initializer dirac(Initializer rest) {
        return (shape, draws) -> {
            float[] values = rest.values(shape, draws);
            int inputs = shape.extent(1);
            int area = shape.extent(2) * shape.extent(3);
            for (int i = 0; i < Math.min(shape.extent(0), inputs); i++) {
                Arrays.fill(values, i * inputs * area, (i + 1) * inputs * area, 0f);
                values[(i * inputs + i) * area + area / 2] = 1;
            }
            return values;
        };
    }

    /** Uniform in [-bound, bound). */
    static Initializer uniform(double bound) {
        float limit = (float) bound;
        return (shape, draws) -> {
            float[] values = new float[Math.toIntExact(shape.elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = draws.uniform(i, -limit, limit);
            }
            return values;
        };
    }

    /** Normal with mean 0. */
    static Initializer normal(double standardDeviation) {
        float scale = (float) standardDeviation;
        return (shape, draws) -> {
            float[] values = new float[Math.toIntExact(shape.elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = scale * draws.normal(i);
            }
            return values;
        };
    }
}
