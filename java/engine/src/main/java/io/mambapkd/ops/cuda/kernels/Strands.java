package io.mambapkd.ops.cuda.kernels;

/**
 * How a sum along the columns of a (rows, columns) matrix is shared among blocks: {@code strand_sum} of cuda/rows.cuh. A block takes {@code lanes}
 * columns of {@code chunkRows} rows. Depends on the extents alone, so that the order of the sum does.
 */
record Strands(long rows, int columns, int lanes, int chunkRows) {
    private static final int BLOCK = 256;
    /** The lanes of a warp: wider would read no better. */
    private static final int MOST_LANES = 32;
    /** Blocks that fill any device, and partial rows that are few beside the rows. */
    private static final int ENOUGH_BLOCKS = 1024;
    /** Most partial rows that {@link PartialRows} are to add: two for each multiprocessor of an H100. */
    private static final int MOST_PARTIAL_ROWS = 264;

    /** At least {@code leastPerThread} rows for a thread, where there are as many. */
    static Strands of(long rows, int columns, int leastPerThread) {
        return of(rows, columns, leastPerThread, ENOUGH_BLOCKS);
    }

    /** The same for {@link PartialRows}. */
    static Strands ofPartialRows(long rows, int columns, int leastPerThread) {
        return of(rows, columns, leastPerThread, ENOUGH_BLOCKS, MOST_PARTIAL_ROWS);
    }

    /** The same for about {@code enoughBlocks} blocks at most. */
    static Strands of(long rows, int columns, int leastPerThread, int enoughBlocks) {
        return of(rows, columns, leastPerThread, enoughBlocks, enoughBlocks);
    }

    private static Strands of(long rows, int columns, int leastPerThread, int enoughBlocks, int mostChunks) {
        int lanes = Integer.highestOneBit(2 * Math.min(columns, MOST_LANES) - 1);
        long enoughChunks = Math.max(1, Math.min(mostChunks, enoughBlocks / Grids.blocks(columns, lanes)));
        long chunkRows = Math.max((long) leastPerThread * (BLOCK / lanes), Grids.blocks(rows, enoughChunks));
        return new Strands(rows, columns, lanes, Math.toIntExact(chunkRows));
    }

    /** Every chunk of exactly {@code chunkRows} rows. */
    static Strands ofChunks(long rows, int columns, int chunkRows) {
        return new Strands(rows, columns, of(rows, columns, 1).lanes(), chunkRows);
    }

    /** Rows of partial sums. */
    int chunks() {
        return Grids.blocks(rows, chunkRows);
    }

    /** Most rows that a thread has of its column. */
    int rowsPerThread() {
        return Grids.blocks(chunkRows, BLOCK / lanes);
    }

    long blocks() {
        return (long) chunks() * Grids.blocks(columns, lanes);
    }
}
