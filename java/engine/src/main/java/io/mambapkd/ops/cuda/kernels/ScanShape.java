package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps;
import java.util.List;

/**
 * Extents of a scan and how its threads share them; the constants are those of {@code selective_scan.cuh} and {@code selective_scan_gradient.cu}.
 *
 * @param batch B
 * @param length L
 * @param channels D
 * @param states N
 * @param groups G
 * @param lanes threads of one channel
 * @param warpsPerSample 1, 2 or 4
 */
record ScanShape(int batch, int length, int channels, int states, int groups, int lanes, int warpsPerSample) {
    /** Names of the entries, by the largest N that one pass holds; the last takes any. */
    static final List<String> ENTRIES = List.of("n4", "n8", "n16", "many");

    private static final int BLOCK = 128;
    private static final int WARP = 32;
    private static final int WARPS = BLOCK / WARP;
    private static final int TILE = 32;
    private static final int RECOMPUTED = 4;
    private static final int OWNED = 8;
    private static final int MANY = 16;

    /** Room for states of the smallest entry. */
    private static final int LEAST = 4;

    /** Blocks of each entry's gradient on a multiprocessor that the registers allow: as the launch bounds say. */
    private static final List<Integer> RESIDENT = List.of(4, 3, 3, 3);

    /** Three blocks of this size fit on a multiprocessor of 227 KB. */
    private static final int SHARED_BYTES = 72 * 1024;

    static ScanShape forward(ScanOps.Options options, ScanOps.Inputs inputs) {
        return of(options, inputs, 1);
    }

    static ScanShape backward(ScanOps.Options options, ScanOps.Inputs inputs) {
        return of(options, inputs, inputs.a().shape().last() > OWNED ? 2 : 1);
    }

    private static ScanShape of(ScanOps.Options options, ScanOps.Inputs inputs, int lanes) {
        int[] extents = inputs.u().shape().toArray();
        int channels = extents[2];
        int threads = channels / options.groups() * lanes;
        int warps = threads <= WARP ? 1 : threads <= 2 * WARP ? 2 : WARPS;
        return new ScanShape(
                extents[0], extents[1], channels, inputs.a().shape().last(), options.groups(), lanes, warps);
    }

    /** Index into {@link #ENTRIES}. */
    int entry() {
        for (int i = 0; i < ENTRIES.size() - 1; i++) {
            if (states <= LEAST << i) {
                return i;
            }
        }
        return ENTRIES.size() - 1;
    }

    /** States of one pass, padding included. */
    private int passStates() {
        return Math.min(MANY, LEAST << entry());
    }

    int samplesPerBlock() {
        return WARPS / warpsPerSample;
    }

    /** Parts that the channels of a group are divided into. */
    int chunks() {
        int threads = channels / groups * lanes;
        return (threads + warpsPerSample * WARP - 1) / (warpsPerSample * WARP);
    }

    int gridRows() {
        return groups * chunks();
    }

    int sampleBlocks() {
        return (batch + samplesPerBlock() - 1) / samplesPerBlock();
    }

    /** Blocks of the gradient along the batch. */
    int gradientBlocks(boolean keptShared) {
        int resident = Grids.resident(RESIDENT.get(entry()), sharedBytes(keptShared), gridRows());
        return Math.min(sampleBlocks(), resident);
    }

    private int blocksOfSteps() {
        return (length + RECOMPUTED - 1) / RECOMPUTED;
    }

    /** Kept states of one block of threads. */
    long keptBytesPerBlock() {
        return 4L * BLOCK * Math.min(passStates(), OWNED) * blocksOfSteps();
    }

    /** Kept states of the whole grid. */
    long keptBytes(int gradientBlocks) {
        return keptBytesPerBlock() * gradientBlocks * gridRows();
    }

    /** @param limit most shared memory of a block */
    boolean keptInSharedMemory(int limit) {
        return tileBytes() + keptBytesPerBlock() <= Math.min(SHARED_BYTES, limit);
    }

    /** Tiles and sums in shared memory, of all slots of a block. */
    private int tileBytes() {
        return 4 * samplesPerBlock() * (TILE * 2 * passStates() + 2 * warpsPerSample * RECOMPUTED * 2 * passStates());
    }

    /** Shared memory of a block of the gradient. */
    int sharedBytes(boolean keptShared) {
        return tileBytes() + (keptShared ? (int) keptBytesPerBlock() : 0);
    }
}
