package io.mambapkd.data.formats;

/** The pixels of an image that is being decoded: one byte a value, from above to below. */
public interface Rows {
    /** Pixels of a row. */
    int width();

    /** Number of rows. */
    int height();

    /** 1 for grey, 3 for red, green and blue. */
    int channels();

    /**
     * Decodes one row.
     *
     * @param y its number from above, larger than that of the call before
     * @param into gets (width, channels) unsigned bytes
     * @throws BadImageException if the file is damaged or cut off
     */
    void read(int y, byte[] into) throws BadImageException;
}
