package io.mambapkd.ops.cuda;

import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Memory;

/** An arena of device memory. */
@SuppressWarnings("DoNotCallSuggester") // Nothing works yet.
final class CudaArena extends Arena {
    CudaArena(String name, Layout layout) {
        super(name, layout, Blocks.PER_TYPE);
    }

    @Override
    protected Memory reserve(DType dtype, long elements) {
        throw new UnsupportedOperationException("device memory is not built yet");
    }

    @Override
    protected void release(Memory memory) {
        throw new UnsupportedOperationException("device memory is not built yet");
    }
}
