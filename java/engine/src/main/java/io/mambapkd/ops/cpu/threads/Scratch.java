package io.mambapkd.ops.cpu.threads;

import io.mambapkd.ops.cpu.blas.Blas;
import io.mambapkd.ops.cpu.blas.BlasBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Buffers of one thread that grow to what was asked of them once, then stay. Contents are undefined. */
public final class Scratch {
    private static final int SLOTS = 24;

    private final Blas blas;
    private final float[][] floats = new float[SLOTS][0];
    private final float[][][] rows = new float[SLOTS][0][0];
    private final Map<Class<?>, Object> owned = new HashMap<>();
    private final BlasBuffer[] buffers = new BlasBuffer[SLOTS];

    Scratch(Blas blas) {
        this.blas = blas;
    }

    /** A heap array of at least {@code size} elements; the same one for the same slot. */
    public float[] floats(int slot, int size) {
        if (floats[slot].length < size) {
            floats[slot] = new float[size];
        }
        return floats[slot];
    }

    /** {@code count} heap arrays of at least {@code size} elements each. */
    public float[][] rows(int slot, int count, int size) {
        if (rows[slot].length != count || rows[slot][0].length < size) {
            rows[slot] = new float[count][size];
        }
        return rows[slot];
    }

    /** A buffer for matrix products of at least {@code size} elements; the same one for the same slot. */
    public BlasBuffer buffer(int slot, int size) {
        if (buffers[slot] == null || buffers[slot].capacity() < size) {
            buffers[slot] = blas.allocate(size);
        }
        return buffers[slot];
    }

    /** An object of the thread's own, made once. */
    public <T> T own(Class<T> type, Supplier<T> maker) {
        return type.cast(owned.computeIfAbsent(type, key -> maker.get()));
    }
}
