package io.mambapkd.ops.cuda.kernels;

/** Sizes of grids. */
public final class Grids {
    /** Multiprocessors of an H100 SXM and an H200. */
    private static final int MULTIPROCESSORS = 132;

    /** Shared memory of one of them, in bytes, and what the driver takes of it for each block. */
    private static final int SHARED_BYTES = 228 * 1024;

    private static final int RESERVED_BYTES = 1024;

    private Grids() {}

    /** Blocks of {@code perBlock} that hold {@code count}: the quotient, rounded up. */
    public static int blocks(long count, long perBlock) {
        return Math.toIntExact((count + perBlock - 1) / perBlock);
    }

    /**
     * Blocks along the first axis of a grid that an H100 holds at once. Grids whose blocks take sample after sample have that many on every device, so that no second wave
     * runs half empty there, and that the order of sums does not depend on the device.
     *
     * @param byRegisters blocks on a multiprocessor that the registers allow: the second number of the kernel's launch bounds
     * @param sharedBytes shared memory of a block
     * @param gridRows extent of the grid along its other axes
     */
    public static int resident(int byRegisters, int sharedBytes, int gridRows) {
        int each = Math.min(byRegisters, SHARED_BYTES / (sharedBytes + RESERVED_BYTES));
        return Math.max(1, Math.max(1, each) * MULTIPROCESSORS / gridRows);
    }
}
