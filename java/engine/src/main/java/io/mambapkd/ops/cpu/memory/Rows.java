package io.mambapkd.ops.cpu.memory;

import io.mambapkd.tensor.Tensor;

/** A tensor as rows of an array. */
public final class Rows {
    private final float[] data;
    private final int start;
    private final int stride;

    private Rows(float[] data, int start, int stride) {
        this.data = data;
        this.start = start;
        this.stride = stride;
    }

    public static Rows of(Tensor tensor) {
        return new Rows(CpuMemory.floats(tensor), CpuMemory.at(tensor), tensor.rowStride());
    }

    public float[] data() {
        return data;
    }

    /** Elements from row to row. */
    int stride() {
        return stride;
    }

    /** Index of a row's first element. */
    public int at(int row) {
        return start + row * stride;
    }
}
