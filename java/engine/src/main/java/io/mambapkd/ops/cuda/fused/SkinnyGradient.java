package io.mambapkd.ops.cuda.fused;

/**
 * Tiles and shared memory of {@code skinny_gradient.cuh}.
 *
 * @param normalised whether a norm stands before the product
 */
record SkinnyGradient(boolean normalised) {
    /** What two blocks leave each other on an H100, and devices from compute capability 8.0 on give. */
    static final int MOST_SHARED_BYTES = 100_000;

    /** Columns of dy, for each of which a thread adds. */
    static final int MOST_OUTPUTS = 288;
    /** Parts of 8 x 4 elements of the weight, one for each thread. */
    static final int MOST_UNITS = 288;

    private static final int THREADS = 288;
    private static final int QUAD = 4;
    private static final int GROUP_ROWS = 4;
    private static final int SLAB = 3360;
    /** More rows in a tile leave more of it to wait for. */
    private static final int MOST_GROUPS = 36;
    /** Two for each multiprocessor of an H100, and no more partial rows than that. */
    private static final int MOST_BLOCKS = 2 * 132;

    SkinnyTiles tiles(int rows, int inputs, int outputs) {
        int rowFloats = ((inputs + outputs) / QUAD + 1) / QUAD * QUAD * QUAD + 2 * QUAD;
        // Two lanes for a group and four inputs.
        int groups = Math.min(Math.min(THREADS * QUAD / 2 / inputs, SLAB / rowFloats), MOST_GROUPS);
        return SkinnyTiles.of(rows, MOST_BLOCKS, groups * GROUP_ROWS, GROUP_ROWS);
    }

    int sharedBytes(SkinnyTiles tiles, int inputs, int outputs) {
        int floats = GROUP_ROWS * SLAB + outputs * SkinnyTiles.oddQuads(inputs);
        if (normalised) {
            int dots = (inputs / QUAD + QUAD - 1) / QUAD * QUAD;
            floats += tiles.tileRows() * (dots + 1);
        }
        return floats * Float.BYTES;
    }
}
