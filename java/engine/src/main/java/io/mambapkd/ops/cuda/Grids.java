package io.mambapkd.ops.cuda;

/** Sizes of grids. */
final class Grids {
    private Grids() {}

    /** Blocks of {@code perBlock} that hold {@code count}: the quotient, rounded up. */
    static int blocks(long count, long perBlock) {
        return Math.toIntExact((count + perBlock - 1) / perBlock);
    }
}
