package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.cpu.math.FloatMath;

/**
 * Inner loops of the selective scan. JDK 17 turns a loop into vector instructions only if all arrays are read and written at the same index: no
 * loop here adds offsets of its own, and the buffers are laid out for that.
 */
final class ScanLoops {
    private ScanLoops() {}

    /** {@code e = -|x|}. */
    static void negativeMagnitude(float[] x, float[] e, int count) {
        for (int i = 0; i < count; i++) {
            e[i] = -Math.abs(x[i]);
        }
    }

    /** {@code dt = softplus(x)}, given {@code e = exp(-|x|)}. */
    static void softplus(float[] x, float[] e, float[] dt, int count) {
        // Two loops: the compiler does not vectorise one of both, which takes more than ten times as long.
        for (int i = 0; i < count; i++) {
            dt[i] = FloatMath.log1p(e[i]);
        }
        for (int i = 0; i < count; i++) {
            // (x + |x|) / 2 is max(x, 0) exactly.
            dt[i] = (0.5f * x[i] + 0.5f * Math.abs(x[i])) + dt[i];
        }
    }

    /** {@code slope = sigmoid(x)}, the derivative of softplus, given {@code e = exp(-|x|)}. */
    static void softplusSlope(float[] x, float[] e, float[] slope, int count) {
        for (int i = 0; i < count; i++) {
            // The numerator is 1 above 0 and e below. A sign by division, because a branch would keep the loop from
            // being vectorised; next to 0, where
            // it is not 1 in magnitude, e is 1 and it does not matter.
            float sign = x[i] / (Math.abs(x[i]) + 1e-37f);
            slope[i] = 0.5f * ((1f + sign) + (1f - sign) * e[i]) / (1f + e[i]);
        }
    }

    /** One state of one step: {@code h = e previous + b dtu}, {@code s += c h}. */
    static void step(
            float[] e, float[] previous, float[] dtu, float b, float c, float[] h, float[] s, int from, int end) {
        for (int i = from; i < end; i++) {
            float next = e[i] * previous[i] + b * dtu[i];
            h[i] = next;
            s[i] += c * next;
        }
    }

    /**
     * One state of one step back, with the gradient {@code g = c ds + later} of the state: {@code dDtu += b g}; {@code e} becomes {@code e g} and
     * {@code later} {@code g dtu}, whose sum over the channels is the gradient of b.
     */
    static void stepBack(
            float[] e, float[] later, float[] ds, float[] dtu, float b, float c, float[] dDtu, int from, int end) {
        for (int i = from; i < end; i++) {
            float g = later[i] + c * ds[i];
            later[i] = g * dtu[i];
            dDtu[i] += b * g;
            e[i] *= g;
        }
    }

    /**
     * The gradient of the exponent dt A is {@code decayed previous}: {@code dDt += a} times that, and {@code decayed} becomes {@code dt} times that, the
     * part of each step in the gradient of A.
     */
    static void exponentGradient(float[] decayed, float[] previous, float[] a, float[] dt, float[] dDt, int count) {
        for (int i = 0; i < count; i++) {
            float dExponent = decayed[i] * previous[i];
            dDt[i] += dExponent * a[i];
            decayed[i] = dExponent * dt[i];
        }
    }

    /** {@code s = s z sigmoid(z)}, given {@code e = exp(-z)}. */
    static void gate(float[] s, float[] z, float[] e, int count) {
        for (int i = 0; i < count; i++) {
            s[i] *= z[i] / (1f + e[i]);
        }
    }

    /** {@code ds = dy silu(z)} and {@code slope = dy silu'(z)}, given {@code e = exp(-z)}; {@code ds} holds dy at first. */
    static void gateGradient(float[] z, float[] e, float[] ds, float[] slope, int count) {
        for (int i = 0; i < count; i++) {
            float sigmoid = 1f / (1f + e[i]);
            float dy = ds[i];
            ds[i] = dy * (z[i] * sigmoid);
            slope[i] = dy * (sigmoid * (1f + z[i] * (e[i] * sigmoid)));
        }
    }

    /** {@code dDelta = (dDt + dDtu u) slope}, in place of {@code slope}; {@code du = dDtu dt + ds skip}, in place of {@code dDtu}. */
    static void inputGradients(
            float[] dDt, float[] u, float[] slope, float[] dDtu, float[] dt, float[] ds, float[] skip, int count) {
        for (int i = 0; i < count; i++) {
            slope[i] *= dDt[i] + dDtu[i] * u[i];
            dDtu[i] = dDtu[i] * dt[i] + ds[i] * skip[i];
        }
    }
}
