package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.DropoutOps;
import io.mambapkd.ops.checks.DropoutChecks;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Tensor;

/** Dropout that draws its mask whenever it needs it. */
public final class CpuDropout implements DropoutOps {
    private static final int ELEMENTS_PER_TASK = 2048;

    private final CpuExecutor executor;

    public CpuDropout(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void apply(float rate, long seed, int layer, Tensor step, Tensor x, Tensor y) {
        DropoutChecks.apply(rate, layer, step, x, y);
        int elements = Math.toIntExact(x.shape().elements());
        int stepsTaken = CpuMemory.integers(step)[CpuMemory.at(step)];
        float scale = 1 / (1 - rate);
        CounterRandom random = new CounterRandom(seed, Purpose.DROPOUT);
        float[] source = CpuMemory.floats(x);
        float[] target = CpuMemory.floats(y);
        executor.run((elements + ELEMENTS_PER_TASK - 1) / ELEMENTS_PER_TASK, (task, scratch) -> {
            int end = Math.min(elements, (task + 1) * ELEMENTS_PER_TASK);
            for (int i = task * ELEMENTS_PER_TASK; i < end; i++) {
                boolean dropped = random.uniform(stepsTaken, i, layer) < rate;
                target[CpuMemory.at(y) + i] = dropped ? 0f : source[CpuMemory.at(x) + i] * scale;
            }
        });
    }
}
