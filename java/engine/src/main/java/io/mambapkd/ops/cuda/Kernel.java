package io.mambapkd.ops.cuda;

import jcuda.driver.CUfunction;

/** One entry of a loaded PTX module. All backends of a device share it. */
final class Kernel {
    private final PtxEntry entry;
    private final ParameterType[] parameters;
    private final CUfunction function;
    private int sharedBytesAllowed;

    /** @param sharedBytesAllowed dynamic shared memory that a launch may ask for without further ado */
    Kernel(PtxEntry entry, CUfunction function, int sharedBytesAllowed) {
        this.entry = entry;
        this.parameters = entry.parameters().toArray(new ParameterType[0]);
        this.function = function;
        this.sharedBytesAllowed = sharedBytesAllowed;
    }

    /** The entry's name in the PTX. */
    String name() {
        return entry.name();
    }

    /** Threads of a block. */
    PtxEntry.Block block() {
        return entry.block();
    }

    int parameterCount() {
        return parameters.length;
    }

    ParameterType parameter(int index) {
        return parameters[index];
    }

    CUfunction function() {
        return function;
    }

    /** Dynamic shared memory that a launch may ask for, in bytes. */
    int sharedBytesAllowed() {
        return sharedBytesAllowed;
    }

    void allowSharedBytes(int bytes) {
        sharedBytesAllowed = bytes;
    }

    @Override
    public String toString() {
        return name();
    }
}
