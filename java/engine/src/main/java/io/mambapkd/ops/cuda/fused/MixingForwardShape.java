package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.ScanOps;

/**
 * Extents of a forward pass and how {@code mixing.cu} shares them out; the constants are those of {@code selective_scan_pair.cuh}.
 *
 * @param batch B
 * @param length L
 * @param channels D, even
 * @param states N, at most 16
 * @param rank R
 */
record MixingForwardShape(int batch, int length, int channels, int states, int rank) {
    private static final int BLOCK = 128;
    private static final int VECTOR = 4;

    /** Floats between two tiles, so that they start in other banks. */
    private static final int TILE_GAP = 4;

    /** Most shared memory of the tiles of a block: of four blocks on a multiprocessor of compute capability 9.0, with what they have besides. */
    private static final int MOST_TILE_BYTES = 44 * 1024;

    private int pairs() {
        return channels / 2;
    }

    /** Parts that the channels are divided into. */
    int chunks() {
        return (pairs() + BLOCK - 1) / BLOCK;
    }

    /** Threads of a sample in a block. */
    int threads() {
        return (pairs() + chunks() - 1) / chunks();
    }

    /** Samples that a block takes side by side: as many as its threads and the shared memory allow. */
    int slots() {
        return Math.min(BLOCK / threads(), MOST_TILE_BYTES / tileBytes());
    }

    int sampleBlocks() {
        return (batch + slots() - 1) / slots();
    }

    private int paddedRank() {
        return (rank + VECTOR - 1) / VECTOR * VECTOR;
    }

    private int tileBytes() {
        int room = MixingKernels.room(states);
        return Float.BYTES * (Math.min(ScanOps.SEGMENT, length) * (2 * room + paddedRank()) + TILE_GAP);
    }

    /** Shared memory of a block: its tiles, and the rows of dt_proj with the biases. */
    int sharedBytes() {
        int weights = threads() * (VECTOR + 2 * paddedRank());
        return slots() * tileBytes() + Float.BYTES * weights;
    }

    /** Whether rows of dt, B and C can be loaded four at a time, if the first is aligned. */
    boolean vectors() {
        return states % VECTOR == 0 && rank % VECTOR == 0;
    }
}
