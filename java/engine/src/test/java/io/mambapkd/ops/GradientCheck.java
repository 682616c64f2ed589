package io.mambapkd.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.ToDoubleFunction;

/** Compares gradients with central differences of a reference in double precision, and values with each other. */
public final class GradientCheck {
    private static final double STEP = 1e-5;

    private GradientCheck() {}

    /** Every element of {@code actual} against the central difference of {@code loss}; the scale is the largest gradient. */
    public static void matches(
            String name, double[] x, float[] actual, ToDoubleFunction<double[]> loss, double tolerance) {
        double[] expected = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double kept = x[i];
            x[i] = kept + STEP;
            double above = loss.applyAsDouble(x);
            x[i] = kept - STEP;
            double below = loss.applyAsDouble(x);
            x[i] = kept;
            expected[i] = (above - below) / (2 * STEP);
        }
        close(name, actual, expected, tolerance);
    }

    /** {@code |actual - expected| <= tolerance * largest |expected| + 1e-7}, element by element. */
    public static void close(String name, float[] actual, double[] expected, double tolerance) {
        assertThat(actual).as(name).hasSameSizeAs(expected);
        double scale = 0;
        for (double value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(actual[i] - expected[i]);
            assertThat(error <= tolerance * scale + 1e-7)
                    .as("%s[%d] is %s, expected %s; scale %s", name, i, actual[i], expected[i], scale)
                    .isTrue();
        }
    }
}
