package io.mambapkd.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Finds images whose pixels are those of an image of another set, byte for byte. */
public final class Duplicates {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long FACTOR = 0x9E3779B97F4A7C15L;

    private final ImageSet set;
    private final int mask;

    /** Open addressing: the position of an image in the set, plus one; 0 where there is none. */
    private final int[] table;

    private long repeated;

    Duplicates(ImageSet set) {
        this.set = set;
        this.mask = Integer.highestOneBit(Math.max(1, set.size())) * 4 - 1;
        this.table = new int[mask + 1];
        for (int i = 0; i < set.size(); i++) {
            int at = slot(set, i);
            if (table[at] == 0) {
                table[at] = i + 1;
            } else {
                repeated++;
            }
        }
    }

    /** Number of images that are copies of an earlier one of the same set. */
    public static long within(ImageSet set) {
        return new Duplicates(set).repeated;
    }

    /** Number of images of a set that are in another set of the same shape, too. */
    public static long of(ImageSet set, ImageSet other) {
        Duplicates others = new Duplicates(other);
        return java.util.stream.IntStream.range(0, set.size())
                .filter(i -> others.contains(set, i))
                .count();
    }

    /** Whether an image of another set of the same shape is in this set, too. */
    boolean contains(ImageSet other, int image) {
        return table[slot(other, image)] != 0;
    }

    /** Where the image is, or the free slot where it would be. */
    private int slot(ImageSet source, int image) {
        int elements = set.shape().elements();
        int from = image * elements;
        long hash = hash(source.pixels(), from, elements);
        int at = (int) (hash ^ hash >>> 32) & mask;
        while (table[at] != 0) {
            int other = (table[at] - 1) * elements;
            if (Arrays.equals(source.pixels(), from, from + elements, set.pixels(), other, other + elements)) {
                return at;
            }
            at = at + 1 & mask;
        }
        return at;
    }

    private static long hash(byte[] pixels, int from, int length) {
        long hash = length;
        int i = from;
        for (int end = from + length - Long.BYTES; i <= end; i += Long.BYTES) {
            hash = mixed(hash ^ (long) LONGS.get(pixels, i));
        }
        for (; i < from + length; i++) {
            hash = mixed(hash ^ pixels[i]);
        }
        return hash;
    }

    private static long mixed(long bits) {
        long product = bits * FACTOR;
        return product ^ product >>> 29;
    }
}
