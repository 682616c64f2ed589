package io.mambapkd.data;

import io.mambapkd.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Header of an IDX file: two zero bytes, the type, the number of axes, and an extent for each axis. */
public final class IdxHeader {
    /** Magic and the extents of four axes. */
    public static final int MOST_BYTES = Integer.BYTES * 5;

    private static final int MOST_AXES = 4;
    private static final int LARGEST_SIDE = 16_384;

    /** Some Java platforms cannot make arrays longer than this. */
    private static final long LARGEST_ARRAY = Integer.MAX_VALUE - 8L;

    private final ElementType type;
    private final ByteOrder order;
    private final int[] extents;

    private IdxHeader(ElementType type, ByteOrder order, int[] extents) {
        this.type = type;
        this.order = order;
        this.extents = extents;
    }

    /** Number of axes that the first four bytes tell; 0 if they are not those of an IDX file, in either order of bytes. */
    public static int axes(byte[] head) {
        if (head.length < Integer.BYTES) {
            return 0;
        }
        int axes = head[0] == 0 && head[1] == 0 ? axes(head[2], head[3]) : 0;
        return axes > 0 || head[2] != 0 || head[3] != 0 ? axes : axes(head[1], head[0]);
    }

    private static int axes(byte type, byte axes) {
        return ElementType.of(type) != null && axes >= 1 && axes <= MOST_AXES ? axes : 0;
    }

    /** @param head whose {@link #axes} are above 0; holds the whole header */
    public static IdxHeader of(byte[] head) {
        boolean swapped = head[0] != 0;
        ByteOrder order = swapped ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ElementType type = java.util.Objects.requireNonNull(ElementType.of(swapped ? head[1] : head[2]));
        int[] extents = new int[axes(head)];
        ByteBuffer.wrap(head, Integer.BYTES, Integer.BYTES * extents.length)
                .order(order)
                .asIntBuffer()
                .get(extents);
        return new IdxHeader(type, order, extents);
    }

    /** The same bytes with their extents and values in the other order of bytes. */
    public IdxHeader swapped() {
        int[] reversed = Arrays.stream(extents).map(Integer::reverseBytes).toArray();
        return new IdxHeader(type, isLittleEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, reversed);
    }

    public ElementType type() {
        return type;
    }

    ByteOrder order() {
        return order;
    }

    boolean isLittleEndian() {
        return order == ByteOrder.LITTLE_ENDIAN;
    }

    public int[] extents() {
        return extents;
    }

    public int axes() {
        return extents.length;
    }

    public int bytes() {
        return Integer.BYTES * (1 + extents.length);
    }

    /** Number of values; only where {@link #problem} is null. */
    int values() {
        return Arrays.stream(extents).reduce(1, (a, b) -> a * b);
    }

    /** Bytes of the values; only where {@link #problem} is null. */
    long valueBytes() {
        return (long) values() * type.bytes();
    }

    /** The extents after the first, for messages: {@code 28x28}. */
    String rest() {
        return Arrays.stream(extents).skip(1).mapToObj(Integer::toString).collect(Collectors.joining("x"));
    }

    /** {@code 60000 images of 28x28}. */
    public String text(String things) {
        return extents[0] + " " + things + (extents.length == 1 ? "" : " of " + rest());
    }

    /**
     * What is wrong with the extents, or null; with a remedy where there is one of its own.
     *
     * @param room bytes that the unpacked file can have
     * @param exact whether it has exactly as many, or at most
     */
    @Nullable
    Problem problem(String things, long room, boolean exact) {
        String promises = "a header that promises " + text(things);
        if (extents[0] == 0) {
            return new Problem("one without " + things + " (an extent of 0)", "");
        }
        long product = 1;
        for (int extent : extents) {
            if (extent < 1) {
                return new Problem("a header with an extent of " + Integer.toUnsignedString(extent), "");
            }
            // An extent is below 2^31 and the product at most LARGEST_ARRAY before, so this cannot overflow.
            product = product > LARGEST_ARRAY ? product : product * extent;
        }
        for (int axis = 1; axis < extents.length; axis++) {
            if (extents[axis] > LARGEST_SIDE) {
                return new Problem(promises + ", with a side above " + LARGEST_SIDE, "");
            }
        }
        if (product > LARGEST_ARRAY) {
            return new Problem(promises + ", more than fits into memory at once", "");
        }
        long whole = product * type.bytes() + bytes();
        if (exact ? whole == room : whole <= room) {
            return null;
        }
        String size =
                promises + ", which is " + whole + " bytes, in a file that holds " + (exact ? "" : "at most ") + room;
        if (!exact) {
            return new Problem(size, "");
        }
        return new Problem(
                size,
                whole > room
                        ? "if its download or copy was not finished, get the file again"
                        : "if it was copied as text, which changes bytes, get the file again");
    }
}
