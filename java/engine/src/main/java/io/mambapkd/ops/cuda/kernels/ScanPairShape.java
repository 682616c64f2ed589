package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Extents of a forward pass with two channels a thread and how its threads share them; the constants are those of {@code selective_scan_pair.cuh}.
 *
 * @param batch B
 * @param length L
 * @param width channels of a group, even
 * @param states N, at most 16
 * @param groups G
 */
record ScanPairShape(int batch, int length, int width, int states, int groups) {
    /** Names of the entries, by the largest N that each holds. */
    static final List<String> ENTRIES = List.of("n4", "n8", "n16");

    static final int BLOCK = 128;
    static final int MOST_STATES = 16;

    /** Blocks that should fit on a multiprocessor together. */
    static final int RESIDENT = 4;

    /** Most shared memory of a block: as many bytes for each of the resident ones, and one KB more that the driver takes, fit into the 228 KB of a multiprocessor of compute capability 9.0. */
    static final int MOST_SHARED_BYTES = 55 * 1024;

    private static final int FEWEST_STATES = 4;

    /** Floats between two tiles, so that they start in other banks. */
    private static final int TILE_GAP = 4;

    private static final int VECTOR = 4;

    static ScanPairShape of(ScanOps.Options options, ScanOps.Inputs inputs) {
        int batch = inputs.u().shape().extent(0);
        int length = inputs.u().shape().extent(1);
        int width = inputs.u().shape().last() / options.groups();
        return new ScanPairShape(batch, length, width, inputs.a().shape().last(), options.groups());
    }

    /** Index into {@link #ENTRIES}. */
    int entry() {
        int entry = 0;
        while (states > FEWEST_STATES << entry) {
            entry++;
        }
        return entry;
    }

    private int pairs() {
        return width / 2;
    }

    /** Parts that the channels of a group are divided into. */
    int chunks() {
        return (pairs() + BLOCK - 1) / BLOCK;
    }

    /** Threads of a sample in a block. */
    int threads() {
        return (pairs() + chunks() - 1) / chunks();
    }

    /** Samples that a block takes side by side: as many as its threads and the shared memory allow. */
    int slots() {
        return Math.min(BLOCK / threads(), MOST_SHARED_BYTES / tileBytes());
    }

    int sampleBlocks() {
        return (batch + slots() - 1) / slots();
    }

    private int tileBytes() {
        int padded = FEWEST_STATES << entry();
        return Float.BYTES * (Math.min(ScanOps.SEGMENT, length) * 2 * padded + TILE_GAP);
    }

    int sharedBytes() {
        return slots() * tileBytes();
    }

    /** Whether B and C can be loaded four at a time. */
    boolean aligned(ScanOps.Inputs inputs, ToLongFunction<Tensor> address) {
        return states % VECTOR == 0 && aligned(inputs.b(), address) && aligned(inputs.c(), address);
    }

    private static boolean aligned(Tensor tensor, ToLongFunction<Tensor> address) {
        return tensor.rowStride() % VECTOR == 0 && address.applyAsLong(tensor) % (VECTOR * Float.BYTES) == 0;
    }
}
