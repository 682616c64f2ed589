package io.mambapkd.ops.cuda.kernels;

/** Sizes of grids. */
public final class Grids {
    private Grids() {}

    /** Blocks of {@code perBlock} that hold {@code count}: the quotient, rounded up. */
    public static int blocks(long count, long perBlock) {
        return Math.toIntExact((count + perBlock - 1) / perBlock);
    }
}
