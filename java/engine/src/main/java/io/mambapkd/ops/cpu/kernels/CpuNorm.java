package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.NormOps;
import io.mambapkd.ops.checks.NormChecks;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.memory.Rows;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.Partials;
import io.mambapkd.ops.cpu.threads.RowSplit;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One task for some rows. Statistics are sums in double precision: rows are short, and offsets may be large. */
public final class CpuNorm implements NormOps {
    private static final int ELEMENTS_PER_TASK = 16384;

    private final CpuExecutor executor;
    private final Partials partials = new Partials();

    public CpuNorm(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor y) {
        NormChecks.rmsNorm(x, weight, y);
        int columns = x.shape().last();
        Rows in = Rows.of(x);
        Rows out = Rows.of(y);
        float[] scale = CpuMemory.floats(weight);
        int scaleAt = CpuMemory.at(weight);
        RowSplit split = RowSplit.byElements(x.shape().rows(), columns, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int row = split.first(task); row < split.end(task); row++) {
                float inverse = inverseRoot(sumOfSquares(in.data(), in.at(row), columns) / columns, epsilon);
                normalise(in.data(), in.at(row), 0f, inverse, scale, scaleAt, out.data(), out.at(row), columns);
            }
        });
    }

    @Override
    public void rmsNormGradient(
            Tensor x, Tensor weight, float epsilon, Tensor dy, @Nullable Tensor residual, Tensor dx, Tensor dWeight) {
        NormChecks.rmsNormGradient(x, weight, dy, residual, dx, dWeight);
        int columns = x.shape().last();
        Rows in = Rows.of(x);
        Rows upstream = Rows.of(dy);
        Rows past = residual == null ? null : Rows.of(residual);
        Rows out = Rows.of(dx);
        float[] scale = CpuMemory.floats(weight);
        int scaleAt = CpuMemory.at(weight);
        RowSplit split = RowSplit.byElements(x.shape().rows(), columns, ELEMENTS_PER_TASK);
        float[] sums = partials.reset(split.tasks(), columns);
        executor.run(split.tasks(), (task, scratch) -> {
            float[] scaled = scratch.floats(0, columns);
            for (int row = split.first(task); row < split.end(task); row++) {
                int at = in.at(row);
                int from = upstream.at(row);
                float inverse = inverseRoot(sumOfSquares(in.data(), at, columns) / columns, epsilon);
                Loops.multiply(scale, scaleAt, upstream.data(), from, scaled, 0, columns);
                float pull = inverse * inverse * (float) (dotInDouble(scaled, 0, in.data(), at, columns) / columns);
                if (past == null) {
                    rowGradient(scaled, in.data(), at, 0f, inverse, pull, 0f, out.data(), out.at(row), columns);
                } else {
                    rowGradient(scaled, in.data(), at, 0f, inverse, pull, 0f, scaled, 0, columns);
                    Loops.add(past.data(), past.at(row), scaled, 0, out.data(), out.at(row), columns);
                }
                weightGradient(upstream.data(), from, in.data(), at, 0f, inverse, sums, task * columns, columns);
            }
        });
        partials.total();
        partials.addTo(CpuMemory.floats(dWeight), CpuMemory.at(dWeight), 0, columns);
    }

    @Override
    public void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y) {
        NormChecks.layerNorm(x, weight, bias, y);
        int columns = x.shape().last();
        Rows in = Rows.of(x);
        Rows out = Rows.of(y);
        float[] scale = CpuMemory.floats(weight);
        float[] shift = CpuMemory.floats(bias);
        RowSplit split = RowSplit.byElements(x.shape().rows(), columns, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int row = split.first(task); row < split.end(task); row++) {
                int at = in.at(row);
                int to = out.at(row);
                double mean = mean(in.data(), at, columns);
                float inverse = inverseRoot(variance(in.data(), at, mean, columns), epsilon);
                normalise(in.data(), at, (float) mean, inverse, scale, CpuMemory.at(weight), out.data(), to, columns);
                Loops.accumulate(out.data(), to, shift, CpuMemory.at(bias), columns);
            }
        });
    }

    @Override
    public void layerNormGradient(
            Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx, Tensor dWeight, Tensor dBias) {
        NormChecks.layerNormGradient(x, weight, dy, dx, dWeight, dBias);
        int columns = x.shape().last();
        Rows in = Rows.of(x);
        Rows upstream = Rows.of(dy);
        Rows out = Rows.of(dx);
        float[] scale = CpuMemory.floats(weight);
        int scaleAt = CpuMemory.at(weight);
        RowSplit split = RowSplit.byElements(x.shape().rows(), columns, ELEMENTS_PER_TASK);
        float[] sums = partials.reset(split.tasks(), 2 * columns);
        executor.run(split.tasks(), (task, scratch) -> {
            float[] scaled = scratch.floats(0, columns);
            int sumsAt = task * 2 * columns;
            for (int row = split.first(task); row < split.end(task); row++) {
                int at = in.at(row);
                int from = upstream.at(row);
                double mean = mean(in.data(), at, columns);
                float inverse = inverseRoot(variance(in.data(), at, mean, columns), epsilon);
                Loops.multiply(scale, scaleAt, upstream.data(), from, scaled, 0, columns);
                double scaledMean = mean(scaled, 0, columns);
                double dot = dotInDouble(scaled, 0, in.data(), at, columns) / columns - scaledMean * mean;
                float pull = inverse * inverse * (float) dot;
                rowGradient(
                        scaled,
                        in.data(),
                        at,
                        (float) mean,
                        inverse,
                        pull,
                        (float) scaledMean,
                        out.data(),
                        out.at(row),
                        columns);
                weightGradient(upstream.data(), from, in.data(), at, (float) mean, inverse, sums, sumsAt, columns);
                Loops.accumulate(sums, sumsAt + columns, upstream.data(), from, columns);
            }
        });
        partials.total();
        partials.addTo(CpuMemory.floats(dWeight), CpuMemory.at(dWeight), 0, columns);
        partials.addTo(CpuMemory.floats(dBias), CpuMemory.at(dBias), columns, columns);
    }

    private static float inverseRoot(double variance, float epsilon) {
        return (float) (1 / Math.sqrt(variance + epsilon));
    }

    private static double mean(float[] x, int at, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += x[at + i];
        }
        return sum / count;
    }

    private static double variance(float[] x, int at, double mean, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double deviation = x[at + i] - mean;
            sum += deviation * deviation;
        }
        return sum / count;
    }

    private static double sumOfSquares(float[] x, int at, int count) {
        return dotInDouble(x, at, x, at, count);
    }

    private static double dotInDouble(float[] x, int xAt, float[] y, int yAt, int count) {
        double even = 0;
        double odd = 0;
        int i = 0;
        for (; i < count - 1; i += 2) {
            even += (double) x[xAt + i] * y[yAt + i];
            odd += (double) x[xAt + i + 1] * y[yAt + i + 1];
        }
        if (i < count) {
            even += (double) x[xAt + i] * y[yAt + i];
        }
        return even + odd;
    }

    /** y = weight (x - mean) inverse. */
    private static void normalise(
            float[] x, int at, float mean, float inverse, float[] weight, int weightAt, float[] y, int to, int count) {
        for (int i = 0; i < count; i++) {
            y[to + i] = weight[weightAt + i] * ((x[at + i] - mean) * inverse);
        }
    }

    /** dx = inverse (scaled - scaledMean - (x - mean) pull), where scaled = weight dy. */
    private static void rowGradient(
            float[] scaled,
            float[] x,
            int at,
            float mean,
            float inverse,
            float pull,
            float scaledMean,
            float[] dx,
            int to,
            int count) {
        for (int i = 0; i < count; i++) {
            dx[to + i] = inverse * ((scaled[i] - scaledMean) - (x[at + i] - mean) * pull);
        }
    }

    private static void weightGradient(
            float[] dy, int from, float[] x, int at, float mean, float inverse, float[] sums, int sumsAt, int count) {
        for (int i = 0; i < count; i++) {
            sums[sumsAt + i] += dy[from + i] * ((x[at + i] - mean) * inverse);
        }
    }
}
