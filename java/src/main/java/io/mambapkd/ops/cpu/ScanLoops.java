package io.mambapkd.ops.cpu;

/** Inner loops of the selective scan over the channels of one step; see {@link Loops} for their form. */
final class ScanLoops {
    private ScanLoops() {}

    /** {@code target = -|source|}. */
    static void negativeMagnitude(float[] source, float[] target, int count) {
        for (int i = 0; i < count; i++) {
            target[i] = -Math.abs(source[i]);
        }
    }

    /** {@code dt = softplus(x)}, given {@code e = exp(-|x|)}. */
    static void softplus(float[] x, float[] e, float[] dt, int count) {
        for (int i = 0; i < count; i++) {
            // (x + |x|) / 2 is max(x, 0); Math.max would keep the loop from being vectorised.
            dt[i] = (0.5f * x[i] + 0.5f * Math.abs(x[i])) + FloatMath.log1p(e[i]);
        }
    }

    /** {@code slope = sigmoid(x)}, the derivative of softplus, given {@code e = exp(-|x|)}. */
    static void softplusSlope(float[] x, float[] e, float[] slope, int count) {
        for (int i = 0; i < count; i++) {
            slope[i] = Math.min(1f, Math.max(x[i] * 1e30f, e[i]));
        }
        for (int i = 0; i < count; i++) {
            // The numerator is e below 0, and 1 above, where x * 1e30 (or e near 1) is the larger one.
            slope[i] = slope[i] / (1f + e[i]);
        }
    }

    /** One step of one state: {@code h = e h + b dtu}, {@code s += c h}. */
    static void step(
            float[] e, int eAt, float[] h, int hAt, float[] dtu, int at, float b, float c, float[] s, int sAt, int n) {
        for (int i = 0; i < n; i++) {
            float next = e[eAt + i] * h[hAt + i] + b * dtu[at + i];
            h[hAt + i] = next;
            s[sAt + i] += c * next;
        }
    }

    /**
     * The gradient of one state at one step, first half: {@code g += c ds} is now the gradient of h; {@code dDtu += b g}; {@code
     * product = g dtu}, whose sum is the gradient of b.
     */
    static void gradientOfInput(
            float[] g,
            int gAt,
            float c,
            float[] ds,
            int at,
            float b,
            float[] dtu,
            float[] dDtu,
            int dAt,
            float[] product,
            int n) {
        for (int i = 0; i < n; i++) {
            float total = g[gAt + i] + c * ds[at + i];
            g[gAt + i] = total;
            dDtu[dAt + i] += b * total;
            product[dAt + i] = total * dtu[at + i];
        }
    }

    /**
     * Second half: {@code g *= e} is now the gradient of the h before, as far as it comes through this step; the gradient of the exponent is
     * {@code g} times that h, which goes to {@code dDt} and {@code dA}.
     */
    static void gradientOfDecay(
            float[] g,
            int gAt,
            float[] e,
            int eAt,
            float[] previous,
            int previousAt,
            float[] a,
            float[] dt,
            int at,
            float[] dDt,
            int dAt,
            float[] dA,
            int dAAt,
            int n) {
        for (int i = 0; i < n; i++) {
            float decayed = g[gAt + i] * e[eAt + i];
            g[gAt + i] = decayed;
            float dExponent = decayed * previous[previousAt + i];
            dDt[dAt + i] += dExponent * a[gAt + i];
            dA[dAAt + i] += dExponent * dt[at + i];
        }
    }

    /** {@code out = s z sigmoid(z)}, given {@code e = exp(-z)}. */
    static void gate(float[] s, float[] z, float[] e, float[] out, int count) {
        for (int i = 0; i < count; i++) {
            out[i] = s[i] * (z[i] / (1f + e[i]));
        }
    }

    /**
     * {@code dz = dy s silu'(z)}, {@code ds = dy silu(z)}, given {@code e = exp(-z)}.
     *
     * @param ds holds dy at first
     * @param s overwritten with dz
     */
    static void gateGradient(float[] z, float[] e, float[] ds, float[] s, int count) {
        for (int i = 0; i < count; i++) {
            float sigmoid = 1f / (1f + e[i]);
            float dy = ds[i];
            ds[i] = dy * (z[i] * sigmoid);
            s[i] = dy * s[i] * (sigmoid * (1f + z[i] * (e[i] * sigmoid)));
        }
    }

    /** {@code du = dDtu dt + ds D}, {@code dDelta = (dDt + dDtu u) slope}; {@code slope} is overwritten with dDelta. */
    static void gradientOfStep(
            float[] dDtu,
            float[] dDt,
            float[] dt,
            float[] ds,
            int at,
            float[] u,
            int uAt,
            float[] skip,
            float[] slope,
            float[] du,
            int duAt,
            int n) {
        for (int i = 0; i < n; i++) {
            slope[at + i] = (dDt[i] + dDtu[i] * u[uAt + i]) * slope[at + i];
            du[duAt + i] = dDtu[i] * dt[at + i] + ds[at + i] * skip[i];
        }
    }
}
