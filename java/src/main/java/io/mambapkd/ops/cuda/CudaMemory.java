package io.mambapkd.ops.cuda;

import io.mambapkd.tensor.Memory;

/** A block of device memory. */
final class CudaMemory implements Memory {
    private final long address;

    CudaMemory(long address) {
        this.address = address;
    }

    /** Device address of the first element. */
    long address() {
        return address;
    }
}
