package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /**
     * Why these kernels cannot compute the gradients, or null if they can.
     *
     * @param sharedLimit most shared memory, in bytes, of a block
     */
    @Nullable
    String unfit(ScanOps.Inputs inputs, Tensor dy, ScanOps.Gradients gradients, int sharedLimit) {
        if (states < LEAST_STATES || states > MOST_STATES) {
            return "there are " + states + " states, not " + LEAST_STATES + " to " + MOST_STATES;
        }
        int together = items();
        if (channels / groups % together != 0) {
            return "the " + channels / groups + " channels of a group are no multiple of " + together;
        }
        Stream<@Nullable Tensor> vectors = Stream.of(
                inputs.u(), inputs.delta(), inputs.z(), dy, gradients.du(), gradients.dDelta(), gradients.dZ());
        if (vectors.filter(Objects::nonNull)
                .anyMatch(t -> t.offset() % together != 0 || t.rowStride() % together != 0)) {
            return "a row starts at an element that is no multiple of " + together;
        }
        Stream<@Nullable Tensor> all = Stream.of(
                inputs.u(),
                inputs.delta(),
                inputs.z(),
                inputs.b(),
                inputs.c(),
                dy,
                gradients.du(),
                gradients.dDelta(),
                gradients.dZ(),
                gradients.dB(),
                gradients.dC());
        long rows = (long) batch * length;
        long longest = all.filter(Objects::nonNull)
                .mapToLong(t -> rows * t.rowStride())
                .max()
                .orElse(0);
        if (Math.max(longest, chunks() * rows * groups * states) > Integer.MAX_VALUE) {
            return "an element's index does not fit into 32 bits";
        }
        if (sharedBytes() > sharedLimit) {
            return "a block takes " + sharedBytes() + " bytes of shared memory, the device gives " + sharedLimit;
        }
        return null;
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
    private int items() {
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
        return Math.min(batch, Residency.blocks(RESIDENT_WARPS / warps(), sharedBytes(), gridRows()));
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
