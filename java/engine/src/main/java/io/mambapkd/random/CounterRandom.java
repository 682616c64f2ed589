package io.mambapkd.random;

/**
 * Random numbers without state: every draw is a pure function of (seed, purpose, stream, index, draw).
 *
 * <p>Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011): the key is the seed, the
 * counter is (draw | purpose, stream, index). Nothing depends on the order of the calls or on the number of threads, and a run
 * can be picked up at any point. {@code stream} is usually the epoch, {@code index} the sample.
 */
public final class CounterRandom {
    private static final int MULTIPLIER_0 = 0xD2511F53;
    private static final int MULTIPLIER_1 = 0xCD9E8D57;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final int ROUNDS = 10;

    private final long seed;
    private final Purpose purpose;

    public CounterRandom(long seed, Purpose purpose) {
        this.seed = seed;
        this.purpose = purpose;
    }

    /** 32 random bits. {@code draw} counts the numbers that one (stream, index) needs, from 0. */
    public int bits(int stream, long index, int draw) {
        // Four words come from one evaluation; which one is wanted is the draw's low two bits.
        int c0 = (draw >>> 2) ^ (purpose.code() << 24);
        return philox(c0, stream, (int) index, (int) (index >>> 32), (int) seed, (int) (seed >>> 32), draw & 3);
    }

    /** Uniform in [0, 1), a multiple of 2^-24. */
    public float uniform(int stream, long index, int draw) {
        return (bits(stream, index, draw) >>> 8) * 0x1p-24f;
    }

    /** Uniform in [low, high). */
    public float uniform(int stream, long index, int draw, float low, float high) {
        return low + (high - low) * uniform(stream, index, draw);
    }

    /** Uniform in 0..bound-1 (bias at most bound / 2^32). */
    public int below(int stream, long index, int draw, int bound) {
        return (int) (((bits(stream, index, draw) & 0xFFFFFFFFL) * bound) >>> 32);
    }

    /** Standard normal by Box and Muller's transform; uses the draws 2*draw and 2*draw+1. */
    public float normal(int stream, long index, int draw) {
        double radius = 1.0 - uniform(stream, index, 2 * draw);
        double angle = 2.0 * Math.PI * uniform(stream, index, 2 * draw + 1);
        return (float) (StrictMath.sqrt(-2.0 * StrictMath.log(radius)) * StrictMath.cos(angle));
    }

    static int philox(int c0, int c1, int c2, int c3, int k0, int k1, int word) {
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = (MULTIPLIER_0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
            long product1 = (MULTIPLIER_1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
            int n0 = (int) (product1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (product0 >>> 32) ^ c3 ^ k1;
            c1 = (int) product1;
            c3 = (int) product0;
            c0 = n0;
            c2 = n2;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        return switch (word) {
            case 0 -> c0;
            case 1 -> c1;
            case 2 -> c2;
            default -> c3;
        };
    }
}
