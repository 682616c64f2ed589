package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.cuda.kernels.Grids;

/**
 * Extents of a convolution with its projection, and how {@code conv_projection.cu} and {@code conv_projection_gradient.cu} share them out.
 *
 * @param channels D
 * @param taps W
 * @param outputs P
 */
record ConvProjectionShape(int channels, int taps, int outputs) {
    /** Most shared memory, in bytes, that a block takes. Devices from compute capability 8.0 on give as much. */
    static final int MOST_SHARED_BYTES = 99 * 1024;

    /** More work for each element than memory can wait for: with more channels or outputs, a product of cuBLAS gains more than a pass over memory costs. */
    private static final int MOST_CHANNELS = 128;

    private static final int MOST_OUTPUTS = 40;
    /** Of the window; a narrower one is taken for one whose first taps are 0. */
    private static final int MOST_TAPS = 4;

    private static final int QUAD = 4;
    private static final int BLOCK = 256;
    private static final int STRAND_ROWS = 8;
    private static final int GROUP_OUTPUTS = 5;
    private static final int WINDOW = 4;
    private static final int MOST_TILE_ROWS = 256;
    private static final int STAGED_TAPS = (WINDOW + 1) * MOST_CHANNELS;
    private static final int THREAD_SUMS = (GROUP_OUTPUTS + 1) * BLOCK * QUAD;

    /** Three on each multiprocessor of an H100. */
    private static final int FORWARD_BLOCKS = 396;
    /** Two on each; a partial row each. */
    private static final int BACKWARD_BLOCKS = 264;

    boolean isTaken() {
        return channels % QUAD == 0
                && channels <= MOST_CHANNELS
                && taps <= MOST_TAPS
                && outputs <= MOST_OUTPUTS
                && groups() * quads() <= BLOCK;
    }

    /** Rows of a tile in the forward pass: so few that no block takes one more than the others if none needs to. */
    int forwardTile(int rows) {
        int most = mostTileRows(false);
        int rounds = Grids.blocks(rows, (long) most * FORWARD_BLOCKS);
        return wholeStrands(Grids.blocks(rows, (long) rounds * FORWARD_BLOCKS));
    }

    static int forwardBlocks(int rows, int tileRows) {
        return Math.min(Grids.blocks(rows, tileRows), FORWARD_BLOCKS);
    }

    int forwardSharedBytes(int tileRows) {
        int tileRow = (quads() | 1) * QUAD;
        return Float.BYTES * (STAGED_TAPS + groups() * GROUP_OUTPUTS * tileRow + tileRows * (tileRow + outputs));
    }

    /** Samples of a block of the backward pass. */
    static int blockSamples(int batch) {
        return Grids.blocks(batch, BACKWARD_BLOCKS);
    }

    /** Rows of a tile in the backward pass, of which a block takes as many as its samples have rows. */
    int backwardTile(int blockRows) {
        int tiles = Grids.blocks(blockRows, mostTileRows(true));
        return wholeStrands(Grids.blocks(blockRows, tiles));
    }

    int backwardSharedBytes(int tileRows) {
        int heads = (tileRows / STRAND_ROWS + 1) * (WINDOW - 1) * channels;
        int upstream = groups() * GROUP_OUTPUTS * (tileRows + QUAD);
        return Float.BYTES * (STAGED_TAPS + outputs * channels + heads + upstream + tileRows * channels + THREAD_SUMS);
    }

    private int mostTileRows(boolean backward) {
        int rows = Math.min(MOST_TILE_ROWS, BLOCK / quads() * STRAND_ROWS);
        while ((backward ? backwardSharedBytes(rows) : forwardSharedBytes(rows)) > MOST_SHARED_BYTES) {
            rows -= STRAND_ROWS;
        }
        return rows;
    }

    private static int wholeStrands(int rows) {
        return Grids.blocks(rows, STRAND_ROWS) * STRAND_ROWS;
    }

    /** Neighbouring channels that a thread has at once. */
    private int quads() {
        return channels / QUAD;
    }

    private int groups() {
        return Grids.blocks(outputs, GROUP_OUTPUTS);
    }
}
