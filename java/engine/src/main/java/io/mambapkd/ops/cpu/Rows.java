package io.mambapkd.ops.cpu;

import io.mambapkd.tensor.Tensor;

/** A tensor as rows of an array. */
final class Rows {
    private final float[] data;
    private final int start;
    private final int stride;

    private Rows(float[] data, int start, int stride) {
        this.data = data;
        this.start = start;
        this.stride = stride;
    }

    static Rows of(Tensor tensor) {
        return new Rows(CpuMemory.floats(tensor), CpuMemory.at(tensor), tensor.rowStride());
    }

    float[] data() {
        return data;
    }

    /** Elements from row to row. */
    int stride() {
        return stride;
    }

    /** Index of a row's first element. */
    int at(int row) {
        return start + row * stride;
    }
}
