package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.checks.PointwiseChecks;
import io.mambapkd.ops.cpu.math.FloatMath;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.CpuArena;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.Partials;
import io.mambapkd.ops.cpu.threads.RowSplit;
import io.mambapkd.tensor.Tensor;

/** Sums along and across rows. */
public final class CpuPointwise implements PointwiseOps {
    private static final int ELEMENTS_PER_TASK = 32768;

    private final CpuExecutor executor;
    private final Partials partials = new Partials();

    public CpuPointwise(CpuExecutor executor) {
        this.executor = executor;
    }

    /** @throws IllegalArgumentException always: one of the tensors is of a type that the CPU has not */
    @Override
    public void convert(Tensor source, Tensor target) {
        PointwiseChecks.convert(source, target);
        throw CpuArena.refusal("convert: the tensors");
    }

    @Override
    public void gather(Tensor source, Tensor indices, Tensor target) {
        PointwiseChecks.gather(source, indices, target);
        float[] from = CpuMemory.floats(source);
        int fromAt = CpuMemory.at(source);
        int[] order = CpuMemory.integers(indices);
        int orderAt = CpuMemory.at(indices);
        float[] to = CpuMemory.floats(target);
        int toAt = CpuMemory.at(target);
        RowSplit split = RowSplit.byElements(indices.shape().last(), 1, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int i = split.first(task); i < split.end(task); i++) {
                to[toAt + i] = from[fromAt + order[orderAt + i]];
            }
        });
    }

    @Override
    public void add(Tensor x, Tensor y, Tensor sum) {
        PointwiseChecks.add(x, y, sum);
        Rows left = Rows.of(x);
        Rows right = Rows.of(y);
        Rows out = Rows.of(sum);
        if (x.isDense() && y.isDense() && sum.isDense()) {
            // One long loop instead of one for each row.
            RowSplit split = RowSplit.byElements(Math.toIntExact(sum.shape().elements()), 1, ELEMENTS_PER_TASK);
            executor.run(split.tasks(), (task, scratch) -> {
                int first = split.first(task);
                int count = split.end(task) - first;
                Loops.add(
                        left.data(),
                        left.at(0) + first,
                        right.data(),
                        right.at(0) + first,
                        out.data(),
                        out.at(0) + first,
                        count);
            });
            return;
        }
        int columns = sum.shape().last();
        RowSplit split = RowSplit.byElements(sum.shape().rows(), columns, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int row = split.first(task); row < split.end(task); row++) {
                Loops.add(left.data(), left.at(row), right.data(), right.at(row), out.data(), out.at(row), columns);
            }
        });
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        PointwiseChecks.addBias(x, bias);
        int columns = x.shape().last();
        float[] values = CpuMemory.floats(x);
        float[] biases = CpuMemory.floats(bias);
        int biasAt = CpuMemory.at(bias);
        RowSplit split = RowSplit.byElements(x.shape().rows(), columns, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int row = split.first(task); row < split.end(task); row++) {
                int at = CpuMemory.at(x) + row * x.rowStride();
                Loops.add(values, at, biases, biasAt, values, at, columns);
            }
        });
    }

    @Override
    public void biasGradient(Tensor dy, Tensor dBias) {
        PointwiseChecks.biasGradient(dy, dBias);
        int columns = dy.shape().last();
        float[] gradient = CpuMemory.floats(dy);
        RowSplit split = RowSplit.byElements(dy.shape().rows(), columns, ELEMENTS_PER_TASK);
        float[] sums = partials.reset(split.tasks(), columns);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int row = split.first(task); row < split.end(task); row++) {
                Loops.accumulate(sums, task * columns, gradient, CpuMemory.at(dy) + row * dy.rowStride(), columns);
            }
        });
        partials.total();
        partials.addTo(CpuMemory.floats(dBias), CpuMemory.at(dBias), 0, columns);
    }

    @Override
    public void meanOverTokens(Tensor x, Tensor y) {
        PointwiseChecks.meanOverTokens(x, y);
        int batch = x.shape().extent(0);
        int length = x.shape().extent(1);
        int width = x.shape().last();
        float[] from = CpuMemory.floats(x);
        float[] to = CpuMemory.floats(y);
        float share = 1f / length;
        RowSplit split = RowSplit.byElements(batch, length * width, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int b = split.first(task); b < split.end(task); b++) {
                int at = CpuMemory.at(y) + b * width;
                int fromAt = CpuMemory.at(x) + b * length * width;
                System.arraycopy(from, fromAt, to, at, width);
                for (int l = 1; l < length; l++) {
                    Loops.accumulate(to, at, from, fromAt + l * width, width);
                }
                Loops.scale(to, at, share, to, at, width);
            }
        });
    }

    @Override
    public void meanOverTokensGradient(Tensor dy, Tensor dx) {
        PointwiseChecks.meanOverTokensGradient(dy, dx);
        int batch = dx.shape().extent(0);
        int length = dx.shape().extent(1);
        int width = dx.shape().last();
        float[] from = CpuMemory.floats(dy);
        float[] to = CpuMemory.floats(dx);
        float share = 1f / length;
        RowSplit split = RowSplit.byElements(batch, length * width, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int b = split.first(task); b < split.end(task); b++) {
                for (int l = 0; l < length; l++) {
                    int toAt = CpuMemory.at(dx) + (b * length + l) * width;
                    Loops.scale(from, CpuMemory.at(dy) + b * width, share, to, toAt, width);
                }
            }
        });
    }

    @Override
    public void gate(Tensor u, Tensor skip, Tensor z, Tensor y) {
        PointwiseChecks.gate(u, skip, z, y);
        int channels = u.shape().last();
        Rows in = Rows.of(u);
        Rows gates = Rows.of(z);
        Rows out = Rows.of(y);
        float[] skips = CpuMemory.floats(skip);
        int skipAt = CpuMemory.at(skip);
        RowSplit split = RowSplit.byElements(u.shape().rows(), channels, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            float[] e = scratch.floats(0, channels);
            float[] work = scratch.floats(1, channels);
            for (int row = split.first(task); row < split.end(task); row++) {
                Loops.negate(gates.data(), gates.at(row), e, 0, channels);
                FloatMath.exp(e, channels, work);
                int to = out.at(row);
                Loops.multiply(skips, skipAt, in.data(), in.at(row), out.data(), to, channels);
                Loops.multiply(out.data(), to, gates.data(), gates.at(row), out.data(), to, channels);
                Loops.multiplyBySigmoid(out.data(), to, e, out.data(), to, channels);
            }
        });
    }

    @Override
    public void gateGradient(Tensor u, Tensor skip, Tensor z, Tensor dy, Tensor du, Tensor dSkip, Tensor dZ) {
        PointwiseChecks.gateGradient(u, skip, z, dy, du, dSkip, dZ);
        int channels = u.shape().last();
        Rows in = Rows.of(u);
        Rows gates = Rows.of(z);
        Rows upstream = Rows.of(dy);
        Rows toU = Rows.of(du);
        Rows toZ = Rows.of(dZ);
        float[] skips = CpuMemory.floats(skip);
        int skipAt = CpuMemory.at(skip);
        RowSplit split = RowSplit.byElements(u.shape().rows(), channels, ELEMENTS_PER_TASK);
        float[] sums = partials.reset(split.tasks(), channels);
        executor.run(split.tasks(), (task, scratch) -> {
            float[] e = scratch.floats(0, channels);
            float[] work = scratch.floats(1, channels);
            float[] ds = scratch.floats(2, channels);
            for (int row = split.first(task); row < split.end(task); row++) {
                int zAt = gates.at(row);
                int dyAt = upstream.at(row);
                Loops.negate(gates.data(), zAt, e, 0, channels);
                FloatMath.exp(e, channels, work);
                // ds = dy silu(z) is the gradient of skip u; dy silu'(z) skip u that of z.
                Loops.multiply(upstream.data(), dyAt, gates.data(), zAt, ds, 0, channels);
                Loops.multiplyBySigmoid(ds, 0, e, ds, 0, channels);
                Loops.accumulateProduct(sums, task * channels, ds, 0, in.data(), in.at(row), channels);
                Loops.multiply(ds, 0, skips, skipAt, toU.data(), toU.at(row), channels);
                Loops.siluGradient(gates.data(), zAt, e, upstream.data(), dyAt, toZ.data(), toZ.at(row), channels);
                Loops.multiply(toZ.data(), toZ.at(row), skips, skipAt, toZ.data(), toZ.at(row), channels);
                Loops.multiply(toZ.data(), toZ.at(row), in.data(), in.at(row), toZ.data(), toZ.at(row), channels);
            }
        });
        partials.total();
        partials.addTo(CpuMemory.floats(dSkip), CpuMemory.at(dSkip), 0, channels);
    }
}
