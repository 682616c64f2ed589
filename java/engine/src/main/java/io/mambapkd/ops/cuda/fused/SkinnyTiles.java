package io.mambapkd.ops.cuda.fused;

import io.mambapkd.ops.cuda.kernels.Grids;

/**
 * How the kernels of {@code skinny.cuh} share out the rows of a matrix, by sizes alone: a block takes so many rows, tile by tile.
 *
 * @param blocks of the grid
 * @param blockRows rows of a block; the last may have fewer
 * @param tileRows rows that a block has in shared memory at once, whole groups
 */
record SkinnyTiles(int blocks, int blockRows, int tileRows) {
    /** Rows that make a copy of the weight worth its time. */
    private static final int LEAST_BLOCK_ROWS = 16;

    private static final int QUAD = 4;

    /**
     * Equal tiles for equal blocks.
     *
     * @param mostBlocks as many as an H100 holds at once
     * @param mostTileRows whole groups
     * @param groupRows rows of a group
     */
    static SkinnyTiles of(int rows, int mostBlocks, int mostTileRows, int groupRows) {
        int blockRows = Math.max(LEAST_BLOCK_ROWS, Grids.blocks(rows, mostBlocks));
        int tiles = Grids.blocks(blockRows, mostTileRows);
        int tileRows = Grids.blocks(Grids.blocks(blockRows, tiles), groupRows) * groupRows;
        return new SkinnyTiles(Grids.blocks(rows, blockRows), blockRows, tileRows);
    }

    /** Floats of a row of so many columns in shared memory: an odd number of quads. */
    static int oddQuads(int columns) {
        return (columns / QUAD | 1) * QUAD;
    }
}
