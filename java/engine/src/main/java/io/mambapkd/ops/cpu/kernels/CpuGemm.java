package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.GemmOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.ops.checks.GemmChecks;
import io.mambapkd.ops.cpu.blas.Blas;
import io.mambapkd.ops.cpu.blas.BlasBuffer;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products, cut by size into tasks. Tall products are cut along the rows of C. Products with a long inner dimension and a small C, the
 * gradients of weights, are cut along k; their partial results are added in order.
 */
public final class CpuGemm implements GemmOps {
    private static final int ROWS_PER_TASK = 256;
    private static final int INNER_PER_TASK = 512;

    private final CpuExecutor executor;
    private final Blas blas;
    private @Nullable BlasBuffer sharedB;
    private float[] partials = {};

    public CpuGemm(CpuExecutor executor, Blas blas) {
        this.executor = executor;
        this.blas = blas;
    }

    @Override
    public void multiply(Tensor a, Transpose transposeA, Tensor b, Transpose transposeB, Write write, Tensor c) {
        GemmChecks.multiply(a, transposeA, b, transposeB, c);
        int m = c.shape().rows();
        int n = c.shape().last();
        int k = GemmChecks.columns(a, transposeA);
        if (transposeA == Transpose.YES && transposeB == Transpose.NO && k > INNER_PER_TASK) {
            alongInner(a, b, write, c, m, n, k);
        } else {
            alongRows(a, transposeA, b, transposeB, write, c, m, n, k);
        }
    }

    private void alongRows(
            Tensor a,
            Transpose transposeA,
            Tensor b,
            Transpose transposeB,
            Write write,
            Tensor c,
            int m,
            int n,
            int k) {
        int rowsB = b.shape().rows();
        int columnsB = b.shape().last();
        if (sharedB == null || sharedB.capacity() < rowsB * columnsB) {
            sharedB = blas.allocate(rowsB * columnsB);
        }
        BlasBuffer right = sharedB;
        load(b, 0, rowsB, right);
        boolean transposed = transposeA == Transpose.YES;
        // A transposed A is not cut: its rows are columns of C's rows. It only occurs with a short inner dimension.
        int rows = transposed ? m : Math.min(m, ROWS_PER_TASK);
        int tasks = (m + rows - 1) / rows;
        executor.run(tasks, (task, scratch) -> {
            int first = task * rows;
            int count = Math.min(rows, m - first);
            BlasBuffer left = scratch.buffer(0, count * k);
            BlasBuffer out = scratch.buffer(1, count * n);
            load(a, transposed ? 0 : first, transposed ? k : count, left);
            if (write == Write.ADD) {
                load(c, first, count, out);
            }
            blas.multiply(
                    transposeA,
                    transposeB,
                    count,
                    n,
                    k,
                    left,
                    0,
                    transposed ? m : k,
                    right,
                    0,
                    columnsB,
                    write == Write.ADD,
                    out,
                    0,
                    n);
            store(out, c, first, count);
        });
    }

    private void alongInner(Tensor a, Tensor b, Write write, Tensor c, int m, int n, int k) {
        int tasks = (k + INNER_PER_TASK - 1) / INNER_PER_TASK;
        int size = m * n;
        if (partials.length < tasks * size) {
            partials = new float[tasks * size];
        }
        float[] sums = partials;
        executor.run(tasks, (task, scratch) -> {
            int first = task * INNER_PER_TASK;
            int count = Math.min(INNER_PER_TASK, k - first);
            BlasBuffer left = scratch.buffer(0, count * m);
            BlasBuffer right = scratch.buffer(1, count * n);
            BlasBuffer out = scratch.buffer(2, size);
            load(a, first, count, left);
            load(b, first, count, right);
            blas.multiply(Transpose.YES, Transpose.NO, m, n, count, left, 0, m, right, 0, n, false, out, 0, n);
            out.get(0, sums, task * size, size);
        });
        for (int task = 1; task < tasks; task++) {
            for (int i = 0, from = task * size; i < size; i++) {
                sums[i] += sums[from + i];
            }
        }
        float[] target = CpuMemory.floats(c);
        for (int i = 0; i < m; i++) {
            int at = CpuMemory.at(c) + i * c.rowStride();
            for (int j = 0; j < n; j++) {
                target[at + j] = write == Write.ADD ? target[at + j] + sums[i * n + j] : sums[i * n + j];
            }
        }
    }

    /** Rows of a tensor, packed. */
    private static void load(Tensor tensor, int firstRow, int rows, BlasBuffer target) {
        float[] source = CpuMemory.floats(tensor);
        int columns = tensor.shape().last();
        int stride = tensor.rowStride();
        int at = CpuMemory.at(tensor) + firstRow * stride;
        if (tensor.isDense()) {
            target.put(0, source, at, rows * columns);
            return;
        }
        for (int row = 0; row < rows; row++) {
            target.put(row * columns, source, at + row * stride, columns);
        }
    }

    private static void store(BlasBuffer source, Tensor tensor, int firstRow, int rows) {
        float[] target = CpuMemory.floats(tensor);
        int columns = tensor.shape().last();
        int stride = tensor.rowStride();
        int at = CpuMemory.at(tensor) + firstRow * stride;
        if (tensor.isDense()) {
            source.get(0, target, at, rows * columns);
            return;
        }
        for (int row = 0; row < rows; row++) {
            source.get(row * columns, target, at + row * stride, columns);
        }
    }
}
