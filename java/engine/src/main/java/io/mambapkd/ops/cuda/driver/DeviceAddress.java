package io.mambapkd.ops.cuda.driver;

import jcuda.driver.CUdeviceptr;

/** A device address for JCuda. */
final class DeviceAddress extends CUdeviceptr {
    /** For JCuda to fill. */
    DeviceAddress() {}

    /** JCuda adds the offset to the null pointer: there is no other way to make one of a number. */
    DeviceAddress(long address) {
        super(new CUdeviceptr(), address);
    }

    long value() {
        return getNativePointer() + getByteOffset();
    }
}
