package io.mambapkd.ops.cpu;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.tensor.Tensor;

/** Sums along and across rows. */
final class CpuPointwise implements PointwiseOps {
    private static final int ELEMENTS_PER_TASK = 32768;

    private final CpuExecutor executor;
    private final Partials partials = new Partials();

    CpuPointwise(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void add(Tensor x, Tensor y, Tensor sum) {
        Checks.shape("add", "x", x, sum.shape().toArray());
        Checks.shape("add", "y", y, sum.shape().toArray());
        Checks.shape("add", "sum", sum, sum.shape().toArray());
        float[] left = CpuMemory.floats(x);
        float[] right = CpuMemory.floats(y);
        float[] out = CpuMemory.floats(sum);
        int leftAt = CpuMemory.at(x);
        int rightAt = CpuMemory.at(y);
        int outAt = CpuMemory.at(sum);
        RowSplit split = RowSplit.byElements(Math.toIntExact(sum.shape().elements()), 1, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            int first = split.first(task);
            int count = split.end(task) - first;
            Loops.add(left, leftAt + first, right, rightAt + first, out, outAt + first, count);
        });
    }

    @Override
    public void addBias(Tensor x, Tensor bias) {
        int columns = x.shape().last();
        Checks.columnView("add_bias", "x", x, x.shape().toArray());
        Checks.shape("add_bias", "bias", bias, columns);
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
        int columns = dy.shape().last();
        Checks.columnView("bias_gradient", "dy", dy, dy.shape().toArray());
        Checks.shape("bias_gradient", "dBias", dBias, columns);
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
        int batch = x.shape().extent(0);
        int length = x.shape().extent(1);
        int width = x.shape().last();
        Checks.shape("mean_over_tokens", "x", x, batch, length, width);
        Checks.shape("mean_over_tokens", "y", y, batch, width);
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
        int batch = dx.shape().extent(0);
        int length = dx.shape().extent(1);
        int width = dx.shape().last();
        Checks.shape("mean_over_tokens_gradient", "dy", dy, batch, width);
        Checks.shape("mean_over_tokens_gradient", "dx", dx, batch, length, width);
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
}
