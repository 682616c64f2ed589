package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.checks.OptimizerChecks;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Updates in slices of a fixed size; sums of squares in double precision, slice by slice in order. */
public final class CpuOptimizer implements OptimizerOps {
    private static final int ELEMENTS_PER_TASK = 16_384;

    private final CpuExecutor executor;
    private double[] partials = {};

    public CpuOptimizer(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void adamW(
            AdamW options,
            Tensor schedule,
            @Nullable Tensor halted,
            Tensor parameters,
            Tensor gradients,
            Tensor m,
            Tensor v) {
        int count = OptimizerChecks.adamW(schedule, halted, parameters, gradients, m, v);
        if (halted != null && CpuMemory.integers(halted)[CpuMemory.at(halted)] >= 0) {
            return;
        }
        float[] p = CpuMemory.floats(parameters);
        float[] g = CpuMemory.floats(gradients);
        float[] first = CpuMemory.floats(m);
        float[] second = CpuMemory.floats(v);
        int pAt = CpuMemory.at(parameters);
        int gAt = CpuMemory.at(gradients);
        int mAt = CpuMemory.at(m);
        int vAt = CpuMemory.at(v);
        float learningRate = value(schedule, 0);
        float stepSize = learningRate / value(schedule, 1);
        float correction2 = value(schedule, 2);
        float keep = (float) (1 - learningRate * options.weightDecay());
        float beta1 = (float) options.beta1();
        float beta2 = (float) options.beta2();
        float rest1 = (float) (1 - options.beta1());
        float rest2 = (float) (1 - options.beta2());
        float epsilon = (float) options.epsilon();
        executor.run(tasks(count), (task, scratch) -> {
            int end = Math.min(count, (task + 1) * ELEMENTS_PER_TASK);
            for (int i = task * ELEMENTS_PER_TASK; i < end; i++) {
                float gradient = g[gAt + i];
                float newFirst = beta1 * first[mAt + i] + rest1 * gradient;
                float newSecond = beta2 * second[vAt + i] + rest2 * (gradient * gradient);
                first[mAt + i] = newFirst;
                second[vAt + i] = newSecond;
                float denominator = (float) Math.sqrt(newSecond / correction2) + epsilon;
                p[pAt + i] = p[pAt + i] * keep - stepSize * (newFirst / denominator);
            }
        });
    }

    @Override
    public void sgd(Sgd options, Tensor schedule, Tensor parameters, Tensor gradients, Tensor buffer) {
        int count = OptimizerChecks.sgd(schedule, parameters, gradients, buffer);
        float[] p = CpuMemory.floats(parameters);
        float[] g = CpuMemory.floats(gradients);
        float[] b = CpuMemory.floats(buffer);
        int pAt = CpuMemory.at(parameters);
        int gAt = CpuMemory.at(gradients);
        int bAt = CpuMemory.at(buffer);
        float learningRate = value(schedule, 0);
        float momentum = (float) options.momentum();
        float decay = (float) options.weightDecay();
        executor.run(tasks(count), (task, scratch) -> {
            int end = Math.min(count, (task + 1) * ELEMENTS_PER_TASK);
            for (int i = task * ELEMENTS_PER_TASK; i < end; i++) {
                float gradient = g[gAt + i] + decay * p[pAt + i];
                float velocity = momentum * b[bAt + i] + gradient;
                b[bAt + i] = velocity;
                p[pAt + i] -= learningRate * (gradient + momentum * velocity);
            }
        });
    }

    @Override
    public void clipByGlobalNorm(double maximum, Tensor gradients, Tensor norm) {
        int count = OptimizerChecks.clip(maximum, gradients, norm);
        float[] g = CpuMemory.floats(gradients);
        int at = CpuMemory.at(gradients);
        int tasks = tasks(count);
        if (partials.length < tasks) {
            partials = new double[tasks];
        }
        double[] sums = partials;
        executor.run(tasks, (task, scratch) -> {
            int end = Math.min(count, (task + 1) * ELEMENTS_PER_TASK);
            double sum = 0;
            for (int i = task * ELEMENTS_PER_TASK; i < end; i++) {
                sum += (double) g[at + i] * g[at + i];
            }
            sums[task] = sum;
        });
        double total = 0;
        for (int task = 0; task < tasks; task++) {
            total += sums[task];
        }
        double length = Math.sqrt(total);
        CpuMemory.floats(norm)[CpuMemory.at(norm)] = (float) length;
        float factor = (float) (maximum / (length + 1e-6));
        if (factor < 1) {
            executor.run(tasks, (task, scratch) -> {
                int end = Math.min(count, (task + 1) * ELEMENTS_PER_TASK);
                for (int i = task * ELEMENTS_PER_TASK; i < end; i++) {
                    g[at + i] *= factor;
                }
            });
        }
    }

    @Override
    public void record(Tensor statistics, Tensor norm, Tensor step, Tensor halted, Tensor journal) {
        int count = OptimizerChecks.record(statistics, norm, step, halted, journal);
        int[] steps = CpuMemory.integers(step);
        int now = steps[CpuMemory.at(step)];
        float[] rows = CpuMemory.floats(journal);
        int at = CpuMemory.at(journal) + now % journal.shape().extent(0) * (count + 1);
        System.arraycopy(CpuMemory.floats(statistics), CpuMemory.at(statistics), rows, at, count);
        rows[at + count] = value(norm, 0);
        int[] flag = CpuMemory.integers(halted);
        if (flag[CpuMemory.at(halted)] < 0 && !(Float.isFinite(rows[at]) && Float.isFinite(rows[at + count]))) {
            flag[CpuMemory.at(halted)] = now;
        }
        steps[CpuMemory.at(step)] = now + 1;
    }

    private static int tasks(int count) {
        return (count + ELEMENTS_PER_TASK - 1) / ELEMENTS_PER_TASK;
    }

    private static float value(Tensor tensor, int index) {
        return CpuMemory.floats(tensor)[CpuMemory.at(tensor) + index];
    }
}
