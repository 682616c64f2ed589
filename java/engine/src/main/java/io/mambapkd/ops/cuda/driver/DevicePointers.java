package io.mambapkd.ops.cuda.driver;

/**
 * Device addresses as the objects that JCuda's libraries take. Keeps those of late, so that a step that calls with the same
 * addresses again and again leaves no garbage.
 */
public final class DevicePointers {
    private static final int SLOTS = 1024;
    /** Addresses of tensors are multiples of 64 at least, mostly. */
    private static final int ALIGNMENT_BITS = 6;

    private final Raw[] slots = new Raw[SLOTS];

    public Raw at(long address) {
        long mixed = (address >>> ALIGNMENT_BITS) * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & SLOTS - 1;
        Raw kept = slots[slot];
        if (kept == null || kept.address() != address) {
            kept = new Raw(address);
            slots[slot] = kept;
        }
        return kept;
    }
}
