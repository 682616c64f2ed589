package io.mambapkd.tensor;

import java.util.Arrays;

/** Extents of a dense row-major array, outermost first. Immutable. */
public final class Shape {
    private final int[] extents;

    private Shape(int[] extents) {
        this.extents = extents;
    }

    /**
     * @param extents at least one extent, each at least 1
     * @throws IllegalArgumentException if an extent is below 1 or there is none
     */
    public static Shape of(int... extents) {
        if (extents.length == 0) {
            throw new IllegalArgumentException("a shape needs at least one extent; a scalar has shape (1)");
        }
        for (int extent : extents) {
            if (extent < 1) {
                throw new IllegalArgumentException("extents must be at least 1, got " + Arrays.toString(extents));
            }
        }
        return new Shape(extents.clone());
    }

    public int rank() {
        return extents.length;
    }

    public int extent(int axis) {
        return extents[axis];
    }

    /** Extent of the last axis. */
    public int last() {
        return extents[extents.length - 1];
    }

    /** Number of elements. */
    public long elements() {
        long product = 1;
        for (int extent : extents) {
            product = Math.multiplyExact(product, extent);
        }
        return product;
    }

    /** Number of rows when all axes but the last are merged into one. */
    public int rows() {
        return Math.toIntExact(elements() / last());
    }

    /** Where the element with a row-major index is: {@code [3, 0, 17]}. */
    public String coordinate(long index) {
        long[] at = new long[extents.length];
        long rest = index;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            at[axis] = rest % extents[axis];
            rest /= extents[axis];
        }
        return Arrays.toString(at);
    }

    public int[] toArray() {
        return extents.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(extents, shape.extents);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(extents);
    }

    /** {@code (128, 14, 32)}. */
    @Override
    public String toString() {
        String list = Arrays.toString(extents);
        return "(" + list.substring(1, list.length() - 1) + ")";
    }
}
