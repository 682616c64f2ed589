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
