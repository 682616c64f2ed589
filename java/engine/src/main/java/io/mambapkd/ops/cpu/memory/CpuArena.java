package io.mambapkd.ops.cpu.memory;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Memory;

/** An arena of heap arrays, freed by the garbage collector. */
public final class CpuArena extends Arena {
    /** Of an array: virtual machines keep a few places for themselves. */
    private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

    public CpuArena(String name, Layout layout) {
        super(name, layout, Blocks.PER_TYPE);
    }

    /** Whether there can be tensors of a type on the CPU. */
    public static boolean holds(DType dtype) {
        return dtype != DType.BF16;
    }

    public static IllegalArgumentException refusal(String what) {
        return new IllegalArgumentException(
                what + " cannot be " + DType.BF16 + " on the CPU; use precision f32, or a CUDA device");
    }

    /**
     * @throws IllegalArgumentException if the CPU {@linkplain #holds has no} tensors of the type
     * @throws InputException if they are more than an array has room for
     */
    @Override
    protected Memory reserve(DType dtype, long elements) {
        if (!holds(dtype)) {
            throw refusal("arena " + name());
        }
        if (elements > MOST_ELEMENTS) {
            throw new InputException(new Problem(
                    "expected at most " + MOST_ELEMENTS + " numbers in an array of Java, got " + elements
                            + " in the arena " + name(),
                    "use smaller batches or a smaller model"));
        }
        return new CpuMemory(dtype, (int) elements);
    }

    @Override
    protected void release(Memory memory) {
        // The array goes with its last reference, which the arena drops.
    }
}
