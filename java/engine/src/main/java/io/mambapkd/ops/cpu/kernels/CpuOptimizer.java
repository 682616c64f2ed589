package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.checks.OptimizerChecks;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.optim.AdamW;
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
    public void adamW(AdamW options, Step step, int decayed, Tensor parameters, Tensor gradients, Tensor m, Tensor v) {
        int count = OptimizerChecks.adamW(step, decayed, parameters, gradients, m, v);
        if (step.halted() != null && integer(step.halted()) >= 0) {
            return;
        }
        Tensor schedule = step.schedule();
        int rates = row("adamw", schedule, step.number()) * SCHEDULE;
        float[] p = CpuMemory.floats(parameters);
        float[] g = CpuMemory.floats(gradients);
        float[] first = CpuMemory.floats(m);
        float[] second = CpuMemory.floats(v);
        int pAt = CpuMemory.at(parameters);
        int gAt = CpuMemory.at(gradients);
        int mAt = CpuMemory.at(m);
        int vAt = CpuMemory.at(v);
        float learningRate = value(schedule, rates);
        float stepSize = learningRate / value(schedule, rates + 1);
        float correction2 = value(schedule, rates + 2);
        float factor = step.factor() == null ? 1 : value(step.factor(), 0);
        float kept = (float) (1 - learningRate * options.weightDecay());
        float beta1 = (float) options.beta1();
        float beta2 = (float) options.beta2();
        float rest1 = (float) (1 - options.beta1());
        float rest2 = (float) (1 - options.beta2());
        float epsilon = (float) options.epsilon();
        executor.run(tasks(count), (task, scratch) -> {
            int from = task * ELEMENTS_PER_TASK;
            int end = Math.min(count, from + ELEMENTS_PER_TASK);
            int border = Math.max(from, Math.min(end, decayed));
            for (int part = 0; part < 2; part++) {
                float keep = part == 0 ? kept : 1;
                int last = part == 0 ? border : end;
                for (int i = part == 0 ? from : border; i < last; i++) {
                    float gradient = factor * g[gAt + i];
                    float newFirst = beta1 * first[mAt + i] + rest1 * gradient;
                    float newSecond = beta2 * second[vAt + i] + rest2 * (gradient * gradient);
                    first[mAt + i] = newFirst;
                    second[vAt + i] = newSecond;
                    float denominator = (float) Math.sqrt(newSecond / correction2) + epsilon;
                    p[pAt + i] = p[pAt + i] * keep - stepSize * (newFirst / denominator);
                }
            }
        });
    }

    @Override
    public void sgd(Sgd options, Step step, Tensor parameters, Tensor gradients, Tensor buffer) {
        int count = OptimizerChecks.sgd(options, step, parameters, gradients, buffer);
        if (step.halted() != null && integer(step.halted()) >= 0) {
            return;
        }
        int rates = row("sgd", step.schedule(), step.number()) * GROUPS;
        float factor = step.factor() == null ? 1 : value(step.factor(), 0);
        executor.run(tasks(count), (task, scratch) -> {
            int first = task * ELEMENTS_PER_TASK;
            int last = Math.min(count, first + ELEMENTS_PER_TASK);
            int from = first;
            for (int group = 0; group < options.groups().size(); group++) {
                Group of = options.groups().get(group);
                int end = Math.max(from, Math.min(last, of.end()));
                float rate = value(step.schedule(), rates + group);
                nesterov(options, of, rate, factor, from, end, parameters, gradients, buffer);
                from = end;
            }
        });
    }

    private static void nesterov(
            Sgd options,
            Group group,
            float rate,
            float factor,
            int from,
            int end,
            Tensor parameters,
            Tensor gradients,
            Tensor buffer) {
        float[] p = CpuMemory.floats(parameters);
        float[] g = CpuMemory.floats(gradients);
        float[] b = CpuMemory.floats(buffer);
        int pAt = CpuMemory.at(parameters);
        int gAt = CpuMemory.at(gradients);
        int bAt = CpuMemory.at(buffer);
        float momentum = (float) options.momentum();
        float decay = (float) group.weightDecay();
        for (int i = from; i < end; i++) {
            float gradient = factor * g[gAt + i] + decay * p[pAt + i];
            float velocity = momentum * b[bAt + i] + gradient;
            b[bAt + i] = velocity;
            p[pAt + i] -= rate * (gradient + momentum * velocity);
        }
    }

    @Override
    public void lookahead(Averaging step, Tensor parameters, Tensor average) {
        int count = OptimizerChecks.lookahead(step, parameters, average);
        if (step.halted() != null && integer(step.halted()) >= 0) {
            return;
        }
        float share = value(step.schedule(), row("lookahead", step.schedule(), step.number()));
        if (share < 0) {
            return;
        }
        float[] p = CpuMemory.floats(parameters);
        float[] a = CpuMemory.floats(average);
        int pAt = CpuMemory.at(parameters);
        int aAt = CpuMemory.at(average);
        executor.run(tasks(count), (task, scratch) -> {
            int end = Math.min(count, (task + 1) * ELEMENTS_PER_TASK);
            for (int i = task * ELEMENTS_PER_TASK; i < end; i++) {
                float blended = a[aAt + i] + share * (p[pAt + i] - a[aAt + i]);
                a[aAt + i] = blended;
                p[pAt + i] = blended;
            }
        });
    }

    /** Row of a schedule for a step that is numbered from 1. */
    private static int row(String operation, Tensor schedule, Tensor number) {
        int steps = schedule.shape().extent(0);
        int step = integer(number);
        Checks.that(
                step >= 1 && step <= steps, operation, "step " + step + " is outside 1.." + steps + ", its schedule");
        return step - 1;
    }

    @Override
    public void gradientNorm(double maximum, Tensor gradients, Tensor norm, Tensor factor, @Nullable Books books) {
        int count = OptimizerChecks.gradientNorm(maximum, gradients, norm, factor, books);
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
        float clip = (float) (maximum / (length + 1e-6));
        CpuMemory.floats(factor)[CpuMemory.at(factor)] = clip < 1 ? clip : 1;
        if (books != null) {
            keep(books, (float) length);
        }
    }

    private static void keep(Books books, float norm) {
        Tensor journal = books.journal();
        int count = journal.shape().extent(1) - 1;
        int now = integer(books.step());
        float[] rows = CpuMemory.floats(journal);
        int at = CpuMemory.at(journal) + now % journal.shape().extent(0) * (count + 1);
        System.arraycopy(CpuMemory.floats(books.statistics()), CpuMemory.at(books.statistics()), rows, at, count);
        rows[at + count] = norm;
        if (integer(books.halted()) < 0 && !(Float.isFinite(rows[at]) && Float.isFinite(norm))) {
            CpuMemory.integers(books.halted())[CpuMemory.at(books.halted())] = now;
        }
        CpuMemory.integers(books.step())[CpuMemory.at(books.step())] = now + 1;
    }

    private static int tasks(int count) {
        return (count + ELEMENTS_PER_TASK - 1) / ELEMENTS_PER_TASK;
    }

    private static int integer(Tensor tensor) {
        return CpuMemory.integers(tensor)[CpuMemory.at(tensor)];
    }

    private static float value(Tensor tensor, int index) {
        return CpuMemory.floats(tensor)[CpuMemory.at(tensor) + index];
    }
}
