package io.mambapkd.ops.cuda.ptx;

import jcuda.driver.CUfunction;

/** One entry of a loaded PTX module. All backends of a device share it. */
public final class Kernel {
    private final PtxEntry entry;
    private final ParameterType[] parameters;
    private final CUfunction function;
    private int sharedBytesAllowed;

    /** @param sharedBytesAllowed dynamic shared memory that a launch may ask for without further ado */
    public Kernel(PtxEntry entry, CUfunction function, int sharedBytesAllowed) {
        this.entry = entry;
        this.parameters = entry.parameters().toArray(new ParameterType[0]);
        this.function = function;
        this.sharedBytesAllowed = sharedBytesAllowed;
    }

    /** The entry's name in the PTX. */
    public String name() {
        return entry.name();
    }

    /** Threads of a block. */
    public PtxEntry.Block block() {
        return entry.block();
    }

    public int parameterCount() {
        return parameters.length;
    }

    public ParameterType parameter(int index) {
        return parameters[index];
    }

    public CUfunction function() {
        return function;
    }

    /** Dynamic shared memory that a launch may ask for, in bytes. */
    public int sharedBytesAllowed() {
        return sharedBytesAllowed;
    }

    public void allowSharedBytes(int bytes) {
        sharedBytesAllowed = bytes;
    }

    @Override
    public String toString() {
        return name();
    }
}
