package io.mambapkd.ops.cpu.blas;

/** Floats where a {@link Blas} can reach them. */
public interface BlasBuffer {
    int capacity();

    /** Copies {@code count} floats from {@code source[from..]} to this buffer at {@code at}. */
    void put(int at, float[] source, int from, int count);

    /** Copies {@code count} floats of this buffer from {@code at} to {@code target[to..]}. */
    void get(int at, float[] target, int to, int count);
}
