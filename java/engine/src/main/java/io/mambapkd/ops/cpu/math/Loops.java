package io.mambapkd.ops.cpu.math;

/**
 * Inner loops over floats. Those without offsets become vector instructions on JDK 17, which wants one index for all arrays; those with offsets
 * do on newer ones only. Sums into a single number use partial sums in a fixed order.
 */
public final class Loops {
    private Loops() {}

    /** {@code sums += terms}. */
    public static void accumulate(float[] sums, int at, float[] terms, int from, int count) {
        for (int i = 0; i < count; i++) {
            sums[at + i] += terms[from + i];
        }
    }

    /** {@code sums += terms}. */
    public static void accumulate(float[] sums, float[] terms, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] += terms[i];
        }
    }

    /** {@code sums += x * y}. */
    public static void accumulateProduct(float[] sums, int at, float[] x, int xAt, float[] y, int yAt, int count) {
        for (int i = 0; i < count; i++) {
            sums[at + i] += x[xAt + i] * y[yAt + i];
        }
    }

    /** {@code sums += x * y}. */
    public static void accumulateProduct(float[] sums, float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] += x[i] * y[i];
        }
    }

    /** {@code sum = x + y}. */
    public static void add(float[] x, int xAt, float[] y, int yAt, float[] sum, int sumAt, int count) {
        for (int i = 0; i < count; i++) {
            sum[sumAt + i] = x[xAt + i] + y[yAt + i];
        }
    }

    /** {@code product = x * y}. */
    public static void multiply(float[] x, int xAt, float[] y, int yAt, float[] product, int at, int count) {
        for (int i = 0; i < count; i++) {
            product[at + i] = x[xAt + i] * y[yAt + i];
        }
    }

    /** {@code product = x * y}. */
    public static void multiply(float[] x, float[] y, float[] product, int count) {
        for (int i = 0; i < count; i++) {
            product[i] = x[i] * y[i];
        }
    }

    /** {@code target = factor * source}. */
    public static void scale(float[] source, int from, float factor, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = factor * source[from + i];
        }
    }

    /** {@code sum over i of x[i]}, in four partial sums. */
    public static float sum(float[] x, int from, int end) {
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        int i = from;
        for (; i < end - 3; i += 4) {
            s0 += x[i];
            s1 += x[i + 1];
            s2 += x[i + 2];
            s3 += x[i + 3];
        }
        for (; i < end; i++) {
            s0 += x[i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** {@code target = -source}. */
    public static void negate(float[] source, int from, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = -source[from + i];
        }
    }

    /** {@code target = -source}. */
    public static void negate(float[] source, float[] target, int count) {
        for (int i = 0; i < count; i++) {
            target[i] = -source[i];
        }
    }

    /** {@code y = x * sigmoid(z)}, given {@code e = exp(-z)}. */
    public static void multiplyBySigmoid(float[] x, int xAt, float[] e, float[] y, int yAt, int count) {
        for (int i = 0; i < count; i++) {
            y[yAt + i] = x[xAt + i] / (1f + e[i]);
        }
    }

    /** {@code x = silu(x)}, given {@code e = exp(-x)}. */
    public static void silu(float[] x, float[] e, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = x[i] / (1f + e[i]);
        }
    }

    /** {@code g = g * silu'(x)}, given {@code e = exp(-x)}: sigmoid(x) (1 + x (1 - sigmoid(x))). */
    public static void siluGradient(float[] x, float[] e, float[] g, int count) {
        for (int i = 0; i < count; i++) {
            float sigmoid = 1f / (1f + e[i]);
            g[i] *= sigmoid * (1f + x[i] * (e[i] * sigmoid));
        }
    }

    /** {@code dx = dy * silu'(x)}, given {@code e = exp(-x)}. */
    public static void siluGradient(
            float[] x, int xAt, float[] e, float[] dy, int dyAt, float[] dx, int dxAt, int count) {
        for (int i = 0; i < count; i++) {
            float sigmoid = 1f / (1f + e[i]);
            dx[dxAt + i] = dy[dyAt + i] * sigmoid * (1f + x[xAt + i] * (e[i] * sigmoid));
        }
    }

    /** {@code target[j] = row[at + j % width]} for {@code rows} rows: the row again and again. */
    public static void tile(float[] row, int at, int width, float[] target, int rows) {
        int count = rows * width;
        System.arraycopy(row, at, target, 0, width);
        for (int done = width; done < count; done *= 2) {
            System.arraycopy(target, 0, target, done, Math.min(done, count - done));
        }
    }

    /** {@code sums[at + j] += sum over rows of terms[row * width + j]}. */
    public static void accumulateRows(float[] sums, int at, float[] terms, int rows, int width) {
        int row = 0;
        for (; row < rows - 3; row += 4) {
            int r0 = row * width;
            int r1 = r0 + width;
            int r2 = r1 + width;
            int r3 = r2 + width;
            for (int j = 0; j < width; j++) {
                sums[at + j] += (terms[r0 + j] + terms[r1 + j]) + (terms[r2 + j] + terms[r3 + j]);
            }
        }
        for (; row < rows; row++) {
            accumulate(sums, at, terms, row * width, width);
        }
    }
}
