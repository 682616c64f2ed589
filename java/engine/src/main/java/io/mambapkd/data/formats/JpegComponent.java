package io.mambapkd.data.formats;

/** One component of a JPEG image, such as Y, and what was decoded of it. */
final class JpegComponent {
    final int id;
    /** Sampling factors. */
    final int across;

    final int down;
    final int quantisation;

    /** Samples that belong to the image. */
    int width;

    int height;
    /** Blocks of 8x8 samples that belong to the image. */
    int blocksAcross;

    int blocksDown;
    /** Samples of a row of {@link #samples}: whole units of all components. */
    int stride;

    int paddedHeight;
    byte[] samples = new byte[0];
    /** Of progressive images: 64 for each block, row-major, in natural order. */
    short[] coefficients = new short[0];

    /** Of quantisation (64), in natural order, as the last scan has it. */
    int[] table = new int[0];

    /** Value of the last block's mean. */
    int lastDc;

    boolean wasScanned;

    JpegComponent(int id, int across, int down, int quantisation) {
        this.id = id;
        this.across = across;
        this.down = down;
        this.quantisation = quantisation;
    }

    int paddedBlocksAcross() {
        return stride / 8;
    }
}
