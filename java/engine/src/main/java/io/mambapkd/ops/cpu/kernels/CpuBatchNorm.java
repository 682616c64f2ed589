package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.checks.BatchNormChecks;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation in two passes over memory each way. The variance is taken about the mean of a task's rows, which are still in
 * the cache then, and the tasks' means and variances are merged in order: Chan, Golub and LeVeque, "Updating formulae and
 * a pairwise algorithm for computing sample variances" (1979). The backward pass computes the output's sign again: reading it costs more.
 */
public final class CpuBatchNorm implements BatchNormOps {
    private final CpuExecutor executor;
    /** Two sums per channel and task. */
    private double[] partials = {};
    /** One vector each: mean, scale, bias; for the backward pass also the constant and the slope of the correction. */
    private float[] factors = {};

    public CpuBatchNorm(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void forwardTraining(
            Options options, Tensor x, Channels channels, Tensor batchMean, Tensor batchVariance, Tensor y) {
        BatchNormChecks.forwardTraining(x, channels, batchMean, batchVariance, y);
        statistics(x, batchMean, batchVariance);
        updateRunning(options, channels, batchMean, batchVariance, x.shape().rows());
        normalise(options, x, channels, batchMean, batchVariance, y);
    }

    @Override
    public void forwardInference(Options options, Tensor x, Channels channels, Tensor y) {
        BatchNormChecks.forwardInference(x, channels, y);
        normalise(options, x, channels, channels.runningMean(), channels.runningVariance(), y);
    }

    @Override
    public void backwardTraining(
            Options options,
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor batchMean,
            Tensor batchVariance,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias) {
        BatchNormChecks.backwardTraining(x, y, channels, batchMean, batchVariance, dy, dx, dWeight, dBias);
        float[] factor = factors(options, channels, batchMean, batchVariance);
        double[] sums = gradientSums(options, x, dy, dx, factor);
        int width = x.shape().last();
        int rows = x.shape().rows();
        for (int c = 0; c < width; c++) {
            double inverse = inverse(options, batchVariance, c);
            double scale = value(channels.weight(), c) * inverse;
            factor[3 * width + c] = (float) (scale * sums[c] / rows);
            factor[4 * width + c] = (float) (scale * inverse * inverse * sums[width + c] / rows);
        }
        inputGradient(options, x, dy, dx, factor);
        addSums(options, batchVariance, sums, dWeight, dBias);
    }

    @Override
    public void backwardInference(
            Options options,
            Tensor x,
            Tensor y,
            Channels channels,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias) {
        BatchNormChecks.backwardInference(x, y, channels, dy, dx, dWeight, dBias);
        float[] factor = factors(options, channels, channels.runningMean(), channels.runningVariance());
        double[] sums = gradientSums(options, x, dy, dx, factor);
        inputGradient(options, x, dy, dx, factor);
        addSums(options, channels.runningVariance(), sums, dWeight, dBias);
    }

    private void statistics(Tensor x, Tensor mean, Tensor variance) {
        ChannelRows rows = ChannelRows.of(x);
        int width = rows.channels();
        int tasks = rows.tasks();
        float[] values = CpuMemory.floats(x);
        int at = CpuMemory.at(x);
        double[] moments = partials(tasks * 2 * width);
        executor.run(tasks, (task, scratch) -> {
            int first = rows.first(task);
            int end = rows.end(task);
            float[] tile = scratch.floats(0, rows.tile());
            float[] center = rows.repeat(values, at + first, scratch, 1);
            float[] sums = rows.zeros(scratch, 2);
            for (int i = first; i < end; i += rows.tile()) {
                int count = rows.count(i, end);
                System.arraycopy(values, at + i, tile, 0, count);
                BatchNormLoops.addDifferences(sums, tile, center, count);
            }
            int taskRows = (end - first) / width;
            int meanAt = task * 2 * width;
            int squaresAt = meanAt + width;
            rows.fold(sums, moments, meanAt);
            for (int c = 0; c < width; c++) {
                moments[meanAt + c] = center[c] + moments[meanAt + c] / taskRows;
                center[c] = (float) moments[meanAt + c];
            }
            center = rows.repeat(center, 0, scratch, 3);
            sums = rows.zeros(scratch, 2);
            for (int i = first; i < end; i += rows.tile()) {
                int count = rows.count(i, end);
                System.arraycopy(values, at + i, tile, 0, count);
                BatchNormLoops.addSquares(sums, tile, center, count);
            }
            rows.fold(sums, moments, squaresAt);
            for (int c = 0; c < width; c++) {
                double rounding = moments[meanAt + c] - center[c];
                moments[squaresAt + c] -= taskRows * rounding * rounding;
            }
        });
        rows.merge(moments, mean, variance);
    }

    private static void updateRunning(
            Options options, Channels channels, Tensor batchMean, Tensor batchVariance, int rows) {
        double unbiased = rows / (double) Math.max(1, rows - 1);
        for (int c = 0; c < batchMean.shape().last(); c++) {
            blend(options, channels.runningMean(), c, value(batchMean, c));
            blend(options, channels.runningVariance(), c, value(batchVariance, c) * unbiased);
        }
    }

    private static void blend(Options options, Tensor running, int c, double batch) {
        double old = value(running, c);
        CpuMemory.floats(running)[CpuMemory.at(running) + c] = (float) (old + options.momentum() * (batch - old));
    }

    private void normalise(Options options, Tensor x, Channels channels, Tensor mean, Tensor variance, Tensor y) {
        ChannelRows rows = ChannelRows.of(x);
        int width = rows.channels();
        float[] factor = factors(options, channels, mean, variance);
        float[] source = CpuMemory.floats(x);
        float[] target = CpuMemory.floats(y);
        executor.run(rows.tasks(), (task, scratch) -> {
            float[] in = scratch.floats(0, rows.tile());
            float[] out = scratch.floats(1, rows.tile());
            float[] center = rows.repeat(factor, 0, scratch, 2);
            float[] scale = rows.repeat(factor, width, scratch, 3);
            float[] offset = rows.repeat(factor, 2 * width, scratch, 4);
            int end = rows.end(task);
            for (int i = rows.first(task); i < end; i += rows.tile()) {
                int count = rows.count(i, end);
                System.arraycopy(source, CpuMemory.at(x) + i, in, 0, count);
                BatchNormLoops.normalise(in, center, scale, offset, out, count);
                switch (options.activation()) {
                    case RELU -> BatchNormLoops.clampNegative(out, count);
                    case GELU ->
                        GeluLoops.values(out, count, scratch.floats(5, rows.tile()), scratch.floats(6, rows.tile()));
                    case SILU ->
                        SiluLoops.values(out, count, scratch.floats(5, rows.tile()), scratch.floats(6, rows.tile()));
                    default -> {}
                }
                System.arraycopy(out, 0, target, CpuMemory.at(y) + i, count);
            }
        });
    }

    /**
     * Sums over rows of g and of g (x - mean), where g is the gradient before the activation. That of a GELU or a SiLU costs more than to keep: it is left in {@code dx}.
     */
    private double[] gradientSums(Options options, Tensor x, Tensor dy, Tensor dx, float[] factor) {
        ChannelRows rows = ChannelRows.of(x);
        int width = rows.channels();
        double[] sums = partials(rows.tasks() * 2 * width);
        float[] values = CpuMemory.floats(x);
        float[] gradients = CpuMemory.floats(dy);
        float[] kept = CpuMemory.floats(dx);
        executor.run(rows.tasks(), (task, scratch) -> {
            float[] in = scratch.floats(0, rows.tile());
            float[] gradient = scratch.floats(1, rows.tile());
            float[] output = scratch.floats(2, rows.tile());
            float[] center = rows.repeat(factor, 0, scratch, 3);
            float[] scale = rows.repeat(factor, width, scratch, 4);
            float[] offset = rows.repeat(factor, 2 * width, scratch, 5);
            float[] plain = rows.zeros(scratch, 6);
            float[] weighted = rows.zeros(scratch, 7);
            int end = rows.end(task);
            for (int i = rows.first(task); i < end; i += rows.tile()) {
                int count = rows.count(i, end);
                System.arraycopy(values, CpuMemory.at(x) + i, in, 0, count);
                System.arraycopy(gradients, CpuMemory.at(dy) + i, gradient, 0, count);
                if (options.activation() == Activation.RELU) {
                    BatchNormLoops.normalise(in, center, scale, offset, output, count);
                    BatchNormLoops.clampNegative(output, count);
                    BatchNormLoops.dropInactive(gradient, output, count);
                } else if (keepsGradient(options.activation())) {
                    BatchNormLoops.normalise(in, center, scale, offset, output, count);
                    float[] exponential = scratch.floats(8, rows.tile());
                    float[] work = scratch.floats(9, rows.tile());
                    if (options.activation() == Activation.GELU) {
                        GeluLoops.multiplyBySlopes(gradient, output, count, exponential, work);
                    } else {
                        SiluLoops.multiplyBySlopes(gradient, output, count, exponential, work);
                    }
                    System.arraycopy(gradient, 0, kept, CpuMemory.at(dx) + i, count);
                }
                BatchNormLoops.addProducts(plain, weighted, gradient, in, center, count);
            }
            rows.fold(plain, sums, task * 2 * width);
            rows.fold(weighted, sums, (task * 2 + 1) * width);
        });
        for (int task = 1; task < rows.tasks(); task++) {
            for (int i = 0; i < 2 * width; i++) {
                sums[i] += sums[task * 2 * width + i];
            }
        }
        return sums;
    }

    private static boolean keepsGradient(Activation activation) {
        return activation == Activation.GELU || activation == Activation.SILU;
    }

    private void inputGradient(Options options, Tensor x, Tensor dy, Tensor dx, float[] factor) {
        ChannelRows rows = ChannelRows.of(x);
        int width = rows.channels();
        float[] values = CpuMemory.floats(x);
        Tensor gradientOf = keepsGradient(options.activation()) ? dx : dy;
        float[] source = CpuMemory.floats(gradientOf);
        float[] target = CpuMemory.floats(dx);
        executor.run(rows.tasks(), (task, scratch) -> {
            float[] in = scratch.floats(0, rows.tile());
            float[] gradient = scratch.floats(1, rows.tile());
            float[] output = scratch.floats(2, rows.tile());
            float[] center = rows.repeat(factor, 0, scratch, 3);
            float[] scale = rows.repeat(factor, width, scratch, 4);
            float[] offset = rows.repeat(factor, 2 * width, scratch, 5);
            float[] constant = rows.repeat(factor, 3 * width, scratch, 6);
            float[] slope = rows.repeat(factor, 4 * width, scratch, 7);
            int end = rows.end(task);
            for (int i = rows.first(task); i < end; i += rows.tile()) {
                int count = rows.count(i, end);
                System.arraycopy(values, CpuMemory.at(x) + i, in, 0, count);
                System.arraycopy(source, CpuMemory.at(gradientOf) + i, gradient, 0, count);
                if (options.activation() == Activation.RELU) {
                    BatchNormLoops.normalise(in, center, scale, offset, output, count);
                    BatchNormLoops.clampNegative(output, count);
                    BatchNormLoops.dropInactive(gradient, output, count);
                }
                BatchNormLoops.correct(gradient, in, center, scale, constant, slope, count);
                System.arraycopy(gradient, 0, target, CpuMemory.at(dx) + i, count);
            }
        });
    }

    private static void addSums(
            Options options, Tensor variance, double[] sums, @Nullable Tensor dWeight, @Nullable Tensor dBias) {
        int width = variance.shape().last();
        for (int c = 0; c < width; c++) {
            if (dBias != null) {
                CpuMemory.floats(dBias)[CpuMemory.at(dBias) + c] += (float) sums[c];
            }
            if (dWeight != null) {
                CpuMemory.floats(dWeight)[CpuMemory.at(dWeight) + c] +=
                        (float) (sums[width + c] * inverse(options, variance, c));
            }
        }
    }

    /** The mean, the scale and the bias; zeros for the correction. */
    private float[] factors(Options options, Channels channels, Tensor mean, Tensor variance) {
        int width = mean.shape().last();
        if (factors.length < 5 * width) {
            factors = new float[5 * width];
        }
        for (int c = 0; c < width; c++) {
            factors[c] = value(mean, c);
            factors[width + c] = (float) (value(channels.weight(), c) * inverse(options, variance, c));
            factors[2 * width + c] = value(channels.bias(), c);
        }
        Arrays.fill(factors, 3 * width, 5 * width, 0f);
        return factors;
    }

    private static double inverse(Options options, Tensor variance, int c) {
        return 1 / Math.sqrt((double) value(variance, c) + options.epsilon());
    }

    private static float value(Tensor vector, int c) {
        return CpuMemory.floats(vector)[CpuMemory.at(vector) + c];
    }

    private double[] partials(int size) {
        if (partials.length < size) {
            partials = new double[size];
        }
        return partials;
    }
}
