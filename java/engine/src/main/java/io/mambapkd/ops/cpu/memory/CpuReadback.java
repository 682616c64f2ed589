package io.mambapkd.ops.cpu.memory;

import io.mambapkd.ops.Readback;
import io.mambapkd.ops.ReadbackQueue;
import io.mambapkd.tensor.Tensor;

/** All work is done when its call returns, so a copy is made when it is asked for. */
public final class CpuReadback implements Readback {
    private final Tensor source;
    private final ReadbackQueue queue;
    private final float[][] copies;

    public CpuReadback(Tensor source, int capacity) {
        this.source = source;
        queue = new ReadbackQueue(source, capacity);
        copies = new float[capacity][queue.elements()];
    }

    @Override
    public void request() {
        float[] copy = copies[queue.add()];
        System.arraycopy(CpuMemory.floats(source), CpuMemory.at(source), copy, 0, copy.length);
    }

    @Override
    public int pending() {
        return queue.pending();
    }

    @Override
    public void take(float[] target) {
        System.arraycopy(copies[queue.remove(target)], 0, target, 0, target.length);
    }

    @Override
    public void close() {
        // Nothing but Java arrays.
    }
}
