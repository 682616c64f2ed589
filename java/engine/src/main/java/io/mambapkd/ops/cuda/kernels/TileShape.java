package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps;
import java.util.List;

/**
 * Extents of a scan's gradient and how {@code selective_scan_tile.cu} shares them out; the constants are those of {@code selective_scan_tile.cuh}.
 *
 * @param batch B
 * @param length L
 * @param channels D
 * @param states N
 * @param groups G
 */
record TileShape(int batch, int length, int channels, int states, int groups) {
    /** Names of the entries: the states that they have room for, and the warps of a block. */
    static final List<String> ENTRIES = List.of("n8_w1", "n8_w2", "n8_w4", "n16_w1", "n16_w2", "n16_w4");

    /** Fewer states leave half of a tile empty; the kernels for channels have entries for 1, 2 and 4. */
    static final int LEAST_STATES = 5;

    static final int MOST_STATES = 16;

    /** Most shared memory, in bytes, that a block takes: of n8_w4 with whole segments. Devices from compute capability 8.0 on give as much. */
    static final int MOST_SHARED_BYTES = 86_272;

    private static final int WARP = 32;
    private static final int MOST_WARPS = 4;
    private static final int STEPS = 4;

    /** Warps on a multiprocessor that the registers allow. */
    private static final int RESIDENT_WARPS = 12;

    static TileShape of(ScanOps.Options options, ScanOps.Inputs inputs) {
        int[] extents = inputs.u().shape().toArray();
        return new TileShape(
                extents[0], extents[1], extents[2], inputs.a().shape().last(), options.groups());
    }

    /** Room for states. */
    private int room() {
        return states <= 8 ? 8 : 16;
    }

    /** Channels of a warp. */
    private int warpChannels() {
        return 256 / room();
    }

    /** Neighbouring channels that a lane reads and writes at once. */
    int items() {
        return warpChannels() / 8;
    }

    /** Warps of a block: 1, 2 or 4. */
    int warps() {
        int needed = (channels / groups + warpChannels() - 1) / warpChannels();
        return needed <= 1 ? 1 : needed <= 2 ? 2 : MOST_WARPS;
    }

    /** Index into {@link #ENTRIES}. */
    int entry() {
        return (room() == 8 ? 0 : 3) + (warps() == 1 ? 0 : warps() == 2 ? 1 : 2);
    }

    /** Parts that the channels of a group are divided into. */
    int chunks() {
        int perBlock = warps() * warpChannels();
        return (channels / groups + perBlock - 1) / perBlock;
    }

    int gridRows() {
        return groups * chunks();
    }

    /** Blocks along the batch. */
    int blocks() {
        return Math.min(batch, Grids.resident(RESIDENT_WARPS / warps(), sharedBytes(), gridRows()));
    }

    int segments() {
        return ScanOps.savedStates(length) + 1;
    }

    /** Shared memory of a block. */
    int sharedBytes() {
        int columns = 2 * room();
        int perStep = room() == 8 ? 160 : 64;
        int parts = room() == 8 ? 16 * 40 : 8 * 64;
        int fixed = parts + 2 * STEPS * perStep + 2 * warpChannels() + 2 * STEPS * columns;
        int blocksOfSteps = (Math.min(length, ScanOps.SEGMENT) + STEPS - 1) / STEPS;
        int kept = Math.max(1, blocksOfSteps - 1) * 8 * WARP;
        return Float.BYTES * (warps() * (fixed + kept) + blocksOfSteps * STEPS * columns);
    }
}
