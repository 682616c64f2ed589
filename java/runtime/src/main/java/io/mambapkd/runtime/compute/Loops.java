package io.mambapkd.runtime.compute;

/**
 * Inner loops, written so that JDK 17 turns them into vector instructions: it does so only where all arrays of a loop are read and written at the same index, which is why
 * matrices are arrays of rows here, and where a loop is short.
 */
final class Loops {
    private static final float LOG2_E = 1.442695f;
    /** ln 2 in two parts; products of the first with integers below 2^15 are exact. */
    private static final float LN2_HIGH = 0.6933594f;

    private static final float LN2_LOW = -2.1219444e-4f;
    /** 1.5 * 2^23: adding it rounds a float to an integer, found in the low bits of the sum. */
    private static final float ROUNDER = 12582912f;

    /** Where the exponential saturates. */
    private static final float BOUND = 87f;

    private Loops() {}

    /** {@code y[o] += sum over i of x[at + i] weights[from + i][o]}. */
    static void product(float[][] weights, int from, float[] x, int at, int inputs, float[] y, int outputs) {
        int i = 0;
        for (; i + 4 <= inputs; i += 4) {
            add4(
                    weights[from + i],
                    weights[from + i + 1],
                    weights[from + i + 2],
                    weights[from + i + 3],
                    x[at + i],
                    x[at + i + 1],
                    x[at + i + 2],
                    x[at + i + 3],
                    y,
                    outputs);
        }
        for (; i < inputs; i++) {
            add(weights[from + i], x[at + i], y, outputs);
        }
    }

    private static void add4(
            float[] a, float[] b, float[] c, float[] d, float xa, float xb, float xc, float xd, float[] y, int count) {
        for (int o = 0; o < count; o++) {
            y[o] += (xa * a[o] + xb * b[o]) + (xc * c[o] + xd * d[o]);
        }
    }

    private static void add(float[] a, float x, float[] y, int count) {
        for (int o = 0; o < count; o++) {
            y[o] += x * a[o];
        }
    }

    /** {@code y[i] += a[i] b[i]}. */
    static void addProducts(float[] a, float[] b, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] += a[i] * b[i];
        }
    }

    /** {@code y[i] = a[i] b[i]}. */
    static void multiply(float[] a, float[] b, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = a[i] * b[i];
        }
    }

    /** {@code y[i] += x[i]}. */
    static void add(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] += x[i];
        }
    }

    /** {@code values[i] = e^values[i]}, arguments held within -87 and 87. */
    static void exp(float[] values, int count, float[] work) {
        // Three short loops vectorise where one long one does not.
        for (int i = 0; i < count; i++) {
            // x / (1 + 0) within the bounds, and x * 87 / |x| outside. Math.min and max do not always vectorise.
            float distance = Math.abs(values[i]) - BOUND;
            float excess = distance + Math.abs(distance);
            values[i] = values[i] / (1f + excess * (0.5f / BOUND));
        }
        for (int i = 0; i < count; i++) {
            float x = values[i];
            float shifted = x * LOG2_E + ROUNDER;
            work[i] = shifted;
            float n = shifted - ROUNDER;
            float f = (x - n * LN2_HIGH) - n * LN2_LOW;
            float q = (((0.0013926268f * f + 0.008363247f) * f + 0.041666552f) * f + 0.16666576f) * f + 0.5f;
            values[i] = q * (f * f) + f + 1f;
        }
        for (int i = 0; i < count; i++) {
            values[i] =
                    Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) + (Float.floatToRawIntBits(work[i]) << 23));
        }
    }

    /** {@code y[i] = -x[i]}. */
    static void negate(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = -x[i];
        }
    }

    /** {@code y[i] = -|x[i]|}. */
    static void negativeMagnitude(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = -Math.abs(x[i]);
        }
    }

    /** {@code y[i] *= x[i] / (1 + e[i])}: times silu(x), given {@code e = exp(-x)}. */
    static void gate(float[] x, float[] e, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] *= x[i] / (1f + e[i]);
        }
    }

    /** {@code x[i] /= 1 + e[i]}: silu(x), given {@code e = exp(-x)}. */
    static void silu(float[] e, float[] x, int count) {
        for (int i = 0; i < count; i++) {
            x[i] /= 1f + e[i];
        }
    }

    /** {@code x[i] = log(1 + e^x[i])}, given {@code e = exp(-|x|)}, which is overwritten. */
    static void softplus(float[] e, float[] x, int count) {
        for (int i = 0; i < count; i++) {
            // log(1 + e) = 2 atanh(e / (2 + e)); the argument is at most 1/3.
            float s = e[i] / (2f + e[i]);
            float v = s * s;
            float q = (((0.23224804f * v + 0.21706484f) * v + 0.28592363f) * v + 0.39999706f) * v + 0.6666667f;
            e[i] = 2f * s + s * (v * q);
        }
        for (int i = 0; i < count; i++) {
            // (x + |x|) / 2 is max(x, 0).
            x[i] = (0.5f * x[i] + 0.5f * Math.abs(x[i])) + e[i];
        }
    }

    /** One state of one step of a scan: {@code h = e h + b dtu}, {@code s += c h}. */
    static void step(float[] e, float[] h, float[] dtu, float b, float c, float[] s, int count) {
        for (int i = 0; i < count; i++) {
            float next = e[i] * h[i] + b * dtu[i];
            h[i] = next;
            s[i] += c * next;
        }
    }

    /** {@code y[i] = x[i] weight[i] / sqrt(mean of x^2 + 1e-5)}. */
    static void rmsNorm(float[] x, float[] weight, float[] y, int count) {
        float even = 0;
        float odd = 0;
        int i = 0;
        for (; i + 2 <= count; i += 2) {
            even += x[i] * x[i];
            odd += x[i + 1] * x[i + 1];
        }
        float sum = even + odd + (i < count ? x[i] * x[i] : 0f);
        float scale = (float) (1 / Math.sqrt(sum / count + 1e-5f));
        for (i = 0; i < count; i++) {
            y[i] = x[i] * scale * weight[i];
        }
    }
}
