package io.mambapkd.ops.cuda.fused;

/**
 * Tiles and shared memory of {@code skinny_forward.cuh}.
 *
 * @param groupRows rows of a thread
 * @param slab floats of shared memory for one row of each group
 * @param rowFloats floats that a row takes beside the tile
 */
record SkinnyForward(int groupRows, int slab, int rowFloats) {
    static final SkinnyForward NORM = new SkinnyForward(6, 320, 1);
    static final SkinnyForward PLAIN = new SkinnyForward(4, 1760, 0);

    private static final int THREADS = 192;
    /** Outputs of a thread. */
    private static final int QUAD = 4;
    /** Four for each multiprocessor of an H100, as the registers allow. */
    private static final int MOST_BLOCKS = 4 * 132;

    SkinnyTiles tiles(int rows, int inputs, int outputs) {
        int groups = Math.min(THREADS * QUAD / outputs, slab / SkinnyTiles.oddQuads(inputs));
        // A thread for each row, where rows have a norm.
        int most = rowFloats > 0 ? Math.min(groups, THREADS / groupRows) : groups;
        return SkinnyTiles.of(rows, MOST_BLOCKS, most * groupRows, groupRows);
    }

    int sharedBytes(SkinnyTiles tiles, int inputs, int outputs) {
        int floats = groupRows * slab + (inputs + 1) * SkinnyTiles.oddQuads(outputs) + rowFloats * tiles.tileRows();
        return floats * Float.BYTES;
    }
}
