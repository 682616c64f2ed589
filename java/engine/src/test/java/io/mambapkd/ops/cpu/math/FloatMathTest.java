package io.mambapkd.ops.cpu.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class FloatMathTest {
    @FunctionalInterface
    private interface FloatFunction {
        float apply(float x);
    }

    /** Largest error over {@code steps} points from {@code low} to {@code high}, in units in the last place of the reference. */
    private static double worstUlps(
            FloatFunction function, DoubleUnaryOperator reference, float low, float high, int steps) {
        double worst = 0;
        for (int i = 0; i <= steps; i++) {
            float x = low + (high - low) * i / steps;
            double expected = reference.applyAsDouble(x);
            double error = Math.abs(function.apply(x) - expected) / Math.ulp((float) expected);
            worst = Math.max(worst, error);
        }
        return worst;
    }

    private static double softplus(double x) {
        return x > 20 ? x : Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    }

    @Test
    void exponentialIsWithinTwoUnitsInTheLastPlaceOverTheWholeRange() {
        assertThat(worstUlps(FloatMath::exp, StrictMath::exp, -87f, 88.7f, 1_000_000))
                .isLessThan(2.0);
        assertThat(worstUlps(FloatMath::exp, StrictMath::exp, -1f, 1f, 1_000_000))
                .isLessThan(2.0);
        assertThat(worstUlps(FloatMath::exp, StrictMath::exp, -103f, -87f, 100_000))
                .isLessThan(2.0);
    }

    @Test
    void exponentialAtTheEndsIsZeroInfinityOrNaN() {
        assertThat(FloatMath.exp(0f)).isEqualTo(1f);
        assertThat(FloatMath.exp(-200f)).isZero();
        assertThat(FloatMath.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(FloatMath.exp(88.7228f)).isFinite();
        assertThat(FloatMath.exp(88.73f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(FloatMath.exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(FloatMath.exp(Float.NaN)).isNaN();
    }

    @Test
    void exponentialOfAnArrayHasTheBitsOfTheScalarOneWhereNothingSaturates() {
        float[] x = new float[10_007];
        for (int i = 0; i < x.length; i++) {
            x[i] = -87f + 174f * i / x.length;
        }
        float[] y = x.clone();
        FloatMath.exp(y, y.length, new float[y.length]);
        for (int i = 0; i < x.length; i++) {
            assertThat(y[i]).isEqualTo(FloatMath.exp(x[i]));
        }
    }

    @Test
    void exponentialOfAnArraySaturatesAtEightySevenAndKeepsNaN() {
        float[] x = {-1000f, -1e30f, 1000f, 1e30f, Float.NaN};
        FloatMath.exp(x, x.length, new float[x.length]);
        assertThat(x[0]).isBetween(1.64e-38f, 1.65e-38f);
        assertThat(x[1]).isBetween(1.64e-38f, 1.65e-38f);
        assertThat(x[2]).isBetween(6.07e37f, 6.08e37f);
        assertThat(x[3]).isBetween(6.07e37f, 6.08e37f);
        assertThat(x[4]).isNaN();
    }

    @Test
    void softplusIsWithinThreeUnitsInTheLastPlaceAlsoFarBelowZero() {
        assertThat(worstUlps(FloatMath::softplus, FloatMathTest::softplus, -87f, 30f, 1_000_000))
                .isLessThan(3.0);
        assertThat(FloatMath.softplus(-20f)).isGreaterThan(2e-9f);
        assertThat(FloatMath.softplus(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(FloatMath.softplus(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(FloatMath.softplus(1e30f)).isEqualTo(1e30f);
        assertThat(FloatMath.softplus(Float.NaN)).isNaN();
    }

    @Test
    void sigmoidIsWithinThreeUnitsInTheLastPlaceOnBothSides() {
        DoubleUnaryOperator sigmoid = x -> 1 / (1 + StrictMath.exp(-x));
        assertThat(worstUlps(FloatMath::sigmoid, sigmoid, -87f, 40f, 1_000_000)).isLessThan(3.0);
        assertThat(FloatMath.sigmoid(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(FloatMath.sigmoid(Float.POSITIVE_INFINITY)).isEqualTo(1f);
        assertThat(FloatMath.sigmoid(Float.NaN)).isNaN();
    }

    @Test
    void complementaryErrorFunctionMatchesTabulatedValues() {
        // Abramowitz and Stegun, tables 7.1 and 7.3.
        assertThat(ErrorFunction.erfc(0)).isEqualTo(1.0);
        assertThat(1 - ErrorFunction.erfc(0.5)).isCloseTo(0.5204998778, within(1e-10));
        assertThat(1 - ErrorFunction.erfc(1)).isCloseTo(0.8427007929, within(1e-10));
        assertThat(1 - ErrorFunction.erfc(-2)).isCloseTo(-0.9953222650, within(1e-10));
        // erfc(3) and erfc(5) from the closed bound e^(-x^2)/(x sqrt(pi)) (1 - 1/(2x^2) + ...): leading digits.
        assertThat(ErrorFunction.erfc(3)).isCloseTo(2.2090496998585e-5, within(1e-17));
        assertThat(ErrorFunction.erfc(5)).isCloseTo(1.5374597944280e-12, within(1e-24));
    }

    private static org.assertj.core.data.Offset<Double> within(double offset) {
        return org.assertj.core.data.Offset.offset(offset);
    }
}
