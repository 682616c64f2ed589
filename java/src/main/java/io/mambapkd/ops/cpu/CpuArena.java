package io.mambapkd.ops.cpu;

import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Memory;

/** An arena of heap arrays, freed by the garbage collector. */
final class CpuArena extends Arena {
    CpuArena(String name, Layout layout) {
        super(name, layout, Blocks.PER_TYPE);
    }

    @Override
    protected Memory reserve(DType dtype, long elements) {
        return new CpuMemory(dtype, Math.toIntExact(elements));
    }

    @Override
    protected void release(Memory memory) {
        // The array goes with its last reference, which the arena drops.
    }
}
