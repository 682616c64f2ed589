package io.mambapkd.data.formats;

/** Rows of an image that is in memory, in whatever form. */
abstract class StoredRows implements Rows {
    private final int width;
    private final int height;
    private final int channels;

    StoredRows(int width, int height, int channels) {
        this.width = width;
        this.height = height;
        this.channels = channels;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public int channels() {
        return channels;
    }
}
