package io.mambapkd.data;

import java.util.Arrays;
import java.util.zip.CRC32C;

/** Finds images whose pixels are those of an image of another set, byte for byte. */
public final class Duplicates {
    /** Java computes it by the processor's instruction from the first call on, before anything is compiled. */
    private final CRC32C hash = new CRC32C();

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
        hash.reset();
        hash.update(source.pixels(), from, elements);
        int at = (int) hash.getValue() & mask;
        while (table[at] != 0) {
            int other = (table[at] - 1) * elements;
            if (Arrays.equals(source.pixels(), from, from + elements, set.pixels(), other, other + elements)) {
                return at;
            }
            at = at + 1 & mask;
        }
        return at;
    }
}
