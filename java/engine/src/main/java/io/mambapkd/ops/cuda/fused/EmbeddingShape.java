package io.mambapkd.ops.cuda.fused;

/**
 * Extents of an embedding and how its kernels share them out; the constants are those of {@code embedding.cu} and {@code embedding_gradient.cu}.
 *
 * @param elements P, values of a token
 * @param length L
 * @param width M
 */
record EmbeddingShape(int elements, int length, int width) {
    private static final int QUAD = 4;
    private static final int MOST_WIDTH = 64;
    private static final int MOST_ELEMENTS = 256;

    /** A tile, or the sums of all strands of a block: 512 threads with four groups of four values each. */
    private static final int MOST_VALUES = 8192;

    /** 512 threads with two groups of four values each. */
    private static final int MOST_POSITIONS = 4096;

    private static final int FORWARD_BLOCK = 128;
    private static final int FORWARD_ROWS = 4;
    /** Values of a tile of the forward pass: as many as leave room for the largest weights within 48 KB, which every device gives a block unasked. */
    private static final int FORWARD_TILE = 4096;

    private static final int MULTIPROCESSORS = 132;
    private static final int FORWARD_BLOCKS = 8 * MULTIPROCESSORS;
    private static final int BACKWARD_BLOCK = 512;
    private static final int BACKWARD_BLOCKS = MULTIPROCESSORS;

    /** Whether the kernels have room for it. Wider vectors and longer tokens are products that cuBLAS makes faster than the bytes that one kernel saves. */
    boolean fits() {
        return elements % QUAD == 0
                && width % QUAD == 0
                && elements <= MOST_ELEMENTS
                && width <= MOST_WIDTH
                && width * elements <= MOST_VALUES
                && (long) length * width <= MOST_POSITIONS
                && (long) length * (elements + width) <= MOST_VALUES;
    }

    /** Threads along the rows of a tile of the forward pass, each with four rows. */
    int rowGroups() {
        return Math.min(FORWARD_BLOCK / (width / QUAD), Math.max(1, FORWARD_TILE / (FORWARD_ROWS * stride())));
    }

    /** Values from one row of a tile to the next: an odd number of groups of four. */
    private int stride() {
        return QUAD * (elements / QUAD | 1);
    }

    int forwardBlocks(int rows) {
        int tileRows = FORWARD_ROWS * rowGroups();
        return Math.min((rows - 1) / tileRows + 1, FORWARD_BLOCKS);
    }

    int forwardSharedBytes() {
        return Float.BYTES * (width * elements + FORWARD_ROWS * rowGroups() * stride());
    }

    int backwardBlocks(int batch) {
        return Math.min(batch, BACKWARD_BLOCKS);
    }

    /** Samples of a tile of the backward pass. */
    int samples() {
        return MOST_VALUES / (length * (elements + width));
    }

    int backwardSharedBytes() {
        int strands = BACKWARD_BLOCK / (elements / QUAD * (width / QUAD));
        int tile = samples() * length * (elements + width);
        return Float.BYTES * Math.max(tile, Math.max(strands * width * elements, length * width));
    }

    /** Values of a row of partial sums. */
    int sums(boolean withPositions) {
        return width * elements + width + (withPositions ? length * width : 0);
    }
}
