package io.mambapkd.ops.cpu;

/**
 * Inner loops over contiguous floats, each in a form that the JIT compiler turns into vector instructions: one index, no calls, no branches. Sums into
 * a single number are not: they use four partial sums in a fixed order.
 */
final class Loops {
    private Loops() {}

    /** {@code sums += terms}. */
    static void accumulate(float[] sums, int at, float[] terms, int from, int count) {
        for (int i = 0; i < count; i++) {
            sums[at + i] += terms[from + i];
        }
    }

    /** {@code sums += x * y}. */
    static void accumulateProduct(float[] sums, int at, float[] x, int xAt, float[] y, int yAt, int count) {
        for (int i = 0; i < count; i++) {
            sums[at + i] += x[xAt + i] * y[yAt + i];
        }
    }

    /** {@code sum = x + y}. */
    static void add(float[] x, int xAt, float[] y, int yAt, float[] sum, int sumAt, int count) {
        for (int i = 0; i < count; i++) {
            sum[sumAt + i] = x[xAt + i] + y[yAt + i];
        }
    }

    /** {@code product = x * y}. */
    static void multiply(float[] x, int xAt, float[] y, int yAt, float[] product, int at, int count) {
        for (int i = 0; i < count; i++) {
            product[at + i] = x[xAt + i] * y[yAt + i];
        }
    }

    /** {@code target = factor * source}. */
    static void scale(float[] source, int from, float factor, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = factor * source[from + i];
        }
    }

    /** {@code y += factor * x}. */
    static void accumulateScaled(float[] y, int yAt, float factor, float[] x, int xAt, int count) {
        for (int i = 0; i < count; i++) {
            y[yAt + i] += factor * x[xAt + i];
        }
    }

    /** {@code sum over i of x[i]}. */
    static float sum(float[] x, int at, int count) {
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        int i = 0;
        for (; i < count - 3; i += 4) {
            s0 += x[at + i];
            s1 += x[at + i + 1];
            s2 += x[at + i + 2];
            s3 += x[at + i + 3];
        }
        for (; i < count; i++) {
            s0 += x[at + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** {@code sum over i of x[i] y[i]}. */
    static float dot(float[] x, int xAt, float[] y, int yAt, int count) {
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        int i = 0;
        for (; i < count - 3; i += 4) {
            s0 += x[xAt + i] * y[yAt + i];
            s1 += x[xAt + i + 1] * y[yAt + i + 1];
            s2 += x[xAt + i + 2] * y[yAt + i + 2];
            s3 += x[xAt + i + 3] * y[yAt + i + 3];
        }
        for (; i < count; i++) {
            s0 += x[xAt + i] * y[yAt + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** {@code target = -source}. */
    static void negate(float[] source, int from, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = -source[from + i];
        }
    }

    /** {@code y = x * sigmoid(z)}, given {@code e = exp(-z)}. */
    static void multiplyBySigmoid(float[] x, int xAt, float[] e, float[] y, int yAt, int count) {
        for (int i = 0; i < count; i++) {
            y[yAt + i] = x[xAt + i] / (1f + e[i]);
        }
    }

    /** {@code dx = dy * silu'(x)}, given {@code e = exp(-x)}: sigmoid(x) (1 + x (1 - sigmoid(x))). */
    static void siluGradient(float[] x, int xAt, float[] e, float[] dy, int dyAt, float[] dx, int dxAt, int count) {
        for (int i = 0; i < count; i++) {
            float sigmoid = 1f / (1f + e[i]);
            dx[dxAt + i] = dy[dyAt + i] * sigmoid * (1f + x[xAt + i] * (e[i] * sigmoid));
        }
    }
}
