package io.mambapkd.random;

/**
 * A shuffle of 0..size-1 as a function: position to sample, without an array and without state.
 *
 * <p>A four-round Feistel network over the smallest even number of bits that holds {@code size - 1}, with
 * {@link CounterRandom} as the round function, walked along its cycle until it falls inside the range (Black and Rogaway,
 * "Ciphers with arbitrary finite domains", CT-RSA 2002). A bijection for every (seed, epoch).
 */
public final class Permutation {
    private static final int ROUNDS = 4;

    private final CounterRandom random;
    private final int epoch;
    private final int size;
    private final int halfBits;

    /**
     * @param size number of items, at least 1
     */
    public Permutation(long seed, Purpose purpose, int epoch, int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a permutation needs at least one item, got " + size);
        }
        this.random = new CounterRandom(seed, purpose);
        this.epoch = epoch;
        this.size = size;
        this.halfBits = halfBits(size);
    }

    /** Half the number of bits that the network shuffles, for {@code size} items. */
    public static int halfBits(int size) {
        int bits = 32 - Integer.numberOfLeadingZeros(size - 1);
        return Math.max(1, (bits + 1) / 2);
    }

    /** The item at {@code position}. */
    public int at(int position) {
        if (position < 0 || position >= size) {
            throw new IndexOutOfBoundsException("position " + position + " is outside 0.." + (size - 1));
        }
        long value = position;
        do {
            value = encrypt(value);
        } while (value >= size);
        return (int) value;
    }

    private long encrypt(long value) {
        long mask = (1L << halfBits) - 1;
        long left = value >>> halfBits;
        long right = value & mask;
        for (int round = 0; round < ROUNDS; round++) {
            long next = left ^ (random.bits(epoch, right, round) & mask);
            left = right;
            right = next;
        }
        return (left << halfBits) | right;
    }
}
