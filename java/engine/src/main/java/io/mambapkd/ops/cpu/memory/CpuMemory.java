package io.mambapkd.ops.cpu.memory;

import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Memory;
import io.mambapkd.tensor.Tensor;

/** A heap array. Exactly one of the arrays has a length above zero. */
public final class CpuMemory implements Memory {
    private static final float[] NO_FLOATS = {};
    private static final int[] NO_INTEGERS = {};
    private static final byte[] NO_BYTES = {};

    private final float[] floats;
    private final int[] integers;
    private final byte[] bytes;

    CpuMemory(DType dtype, int elements) {
        this.floats = dtype == DType.F32 ? new float[elements] : NO_FLOATS;
        this.integers = dtype == DType.I32 ? new int[elements] : NO_INTEGERS;
        this.bytes = dtype == DType.U8 ? new byte[elements] : NO_BYTES;
    }

    /** The array behind an F32 tensor; its first element is at {@link #at}. */
    public static float[] floats(Tensor tensor) {
        return of(tensor, DType.F32).floats;
    }

    /** The array behind an I32 tensor; its first element is at {@link #at}. */
    public static int[] integers(Tensor tensor) {
        return of(tensor, DType.I32).integers;
    }

    /** The array behind a U8 tensor; its first element is at {@link #at}. */
    public static byte[] bytes(Tensor tensor) {
        return of(tensor, DType.U8).bytes;
    }

    /** Index of a tensor's first element in its array. */
    public static int at(Tensor tensor) {
        return (int) tensor.offset();
    }

    private static CpuMemory of(Tensor tensor, DType dtype) {
        if (tensor.dtype() != dtype) {
            throw new IllegalArgumentException(tensor + " was used as " + dtype);
        }
        if (tensor.memory() instanceof CpuMemory memory) {
            return memory;
        }
        throw new IllegalArgumentException(tensor + " does not live on the CPU backend; copy it there first");
    }
}
