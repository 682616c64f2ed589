package io.mambapkd.ops.cpu.blas;

import io.mambapkd.ops.Transpose;
import java.util.Arrays;

/** The product in plain Java, for processors without an OpenBLAS binary: the same bits on every machine. */
public final class JavaBlas implements Blas {
    private static final class Heap implements BlasBuffer {
        private final float[] floats;

        Heap(int size) {
            floats = new float[size];
        }

        @Override
        public int capacity() {
            return floats.length;
        }

        @Override
        public void put(int at, float[] source, int from, int count) {
            System.arraycopy(source, from, floats, at, count);
        }

        @Override
        public void get(int at, float[] target, int to, int count) {
            System.arraycopy(floats, at, target, to, count);
        }
    }

    @Override
    public String name() {
        return "Java";
    }

    @Override
    public BlasBuffer allocate(int floats) {
        return new Heap(floats);
    }

    @Override
    public void multiply(
            Transpose transposeA,
            Transpose transposeB,
            int m,
            int n,
            int k,
            BlasBuffer a,
            int aAt,
            int lda,
            BlasBuffer b,
            int bAt,
            int ldb,
            boolean accumulate,
            BlasBuffer c,
            int cAt,
            int ldc) {
        float[] left = ((Heap) a).floats;
        float[] right = ((Heap) b).floats;
        float[] out = ((Heap) c).floats;
        int rightAt = bAt;
        int rightStride = ldb;
        if (transposeB == Transpose.YES) {
            // Rows of op(B) must be contiguous for the inner loop to vectorise.
            right = transposed(right, bAt, ldb, n, k);
            rightAt = 0;
            rightStride = n;
        }
        int rowStep = transposeA == Transpose.YES ? 1 : lda;
        int columnStep = transposeA == Transpose.YES ? lda : 1;
        for (int i = 0; i < m; i++) {
            int row = cAt + i * ldc;
            if (!accumulate) {
                Arrays.fill(out, row, row + n, 0f);
            }
            int l = 0;
            for (; l + 4 <= k; l += 4) {
                int at = aAt + i * rowStep + l * columnStep;
                int from = rightAt + l * rightStride;
                addFourRows(
                        out,
                        row,
                        n,
                        right,
                        from,
                        rightStride,
                        left[at],
                        left[at + columnStep],
                        left[at + 2 * columnStep],
                        left[at + 3 * columnStep]);
            }
            for (; l < k; l++) {
                addRow(out, row, n, right, rightAt + l * rightStride, left[aAt + i * rowStep + l * columnStep]);
            }
        }
    }

    private static void addFourRows(
            float[] out, int at, int n, float[] b, int from, int stride, float f0, float f1, float f2, float f3) {
        int from1 = from + stride;
        int from2 = from1 + stride;
        int from3 = from2 + stride;
        for (int j = 0; j < n; j++) {
            out[at + j] += (f0 * b[from + j] + f1 * b[from1 + j]) + (f2 * b[from2 + j] + f3 * b[from3 + j]);
        }
    }

    private static void addRow(float[] out, int at, int n, float[] b, int from, float factor) {
        for (int j = 0; j < n; j++) {
            out[at + j] += factor * b[from + j];
        }
    }

    private static float[] transposed(float[] source, int at, int stride, int rows, int columns) {
        float[] target = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                target[j * rows + i] = source[at + i * stride + j];
            }
        }
        return target;
    }
}
