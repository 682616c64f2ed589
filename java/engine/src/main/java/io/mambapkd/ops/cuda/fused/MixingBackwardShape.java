package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cuda.kernels.Grids;

/**
 * Extents of a backward pass and how {@code mixing_gradient.cu} shares them out; the constants are those of its layout.
 *
 * @param length L
 * @param channels D
 * @param states N
 * @param rank R
 * @param warps of a sample: 1, 2 or 4
 */
record MixingBackwardShape(int length, int channels, int states, int rank, int warps) {
    private static final int WARP = 32;
    private static final int MOST_WARPS = 4;
    private static final int MOST_RANK = 8;
    private static final int STEPS = 4;
    private static final int SLOT = 8 * WARP;

    /** Blocks on a multiprocessor that the registers allow. */
    private static final int RESIDENT = 3;

    /** With the number of warps that keeps most of a multiprocessor's busy; the more warps a sample has, the fewer chunks add to the same rows. */
    static MixingBackwardShape of(int length, int channels, int states, int rank) {
        MixingBackwardShape best = new MixingBackwardShape(length, channels, states, rank, MOST_WARPS);
        for (int warps = MOST_WARPS / 2; warps >= 1; warps /= 2) {
            MixingBackwardShape other = new MixingBackwardShape(length, channels, states, rank, warps);
            if (other.busy() > best.busy()) {
                best = other;
            }
        }
        return best;
    }

    /** Blocks that an H100 holds by the part of their warps that has channels. */
    private double busy() {
        int blocks = Grids.resident(RESIDENT, sharedBytes(), 1);
        return (double) blocks * warpsNeeded() / (chunks() * warps);
    }

    /** Channels of a warp. */
    private int warpChannels() {
        return 256 / MixingKernels.room(states);
    }

    private int warpsNeeded() {
        return (channels + warpChannels() - 1) / warpChannels();
    }

    /** Parts that the channels are divided into, one after the other. */
    int chunks() {
        return (warpsNeeded() + warps - 1) / warps;
    }

    /** Samples that a block takes side by side. */
    int slots() {
        return MOST_WARPS / warps;
    }

    /** Blocks of the grid. */
    int blocks(int batch) {
        return Math.min(Grids.blocks(batch, slots()), Grids.resident(RESIDENT, sharedBytes(), 1));
    }

    /** Floats that a sample's part of a block adds up for the gradients of weights: of A, skip, bias and dt_proj. */
    int partialFloats() {
        return channels * (states + 2 + rank);
    }

    /** Shared memory of a block. */
    int sharedBytes() {
        boolean narrow = MixingKernels.room(states) == 8;
        int columns = 2 * MixingKernels.room(states);
        int parts = narrow ? 16 * 40 : 8 * 64;
        int items = STEPS * (narrow ? 160 : 64);
        int sums = STEPS * columns;
        int lastRecord = narrow ? sums + STEPS * warpChannels() : sums;
        int weights = narrow ? MOST_RANK * warpChannels() : 0;
        int blocksOfSteps = (Math.min(length, ScanOps.SEGMENT) + STEPS - 1) / STEPS;
        int kept = Math.max(1, blocksOfSteps - 1) * SLOT;
        int warp = parts + 2 * items + 2 * warpChannels() + lastRecord + weights + kept;
        return Float.BYTES * (MOST_WARPS * warp + slots() * blocksOfSteps * STEPS * (columns + rank));
    }
}
