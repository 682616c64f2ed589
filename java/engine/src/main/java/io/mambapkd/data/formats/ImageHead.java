package io.mambapkd.data.formats;

/**
 * What the header of an image says.
 *
 * @param format of the file
 * @param width in pixels, as the file has them
 * @param height in pixels, as the file has them
 * @param channels 1 for grey, 3 for colours
 * @param orientation 1 to 8, by EXIF
 * @param isAnimated whether other frames follow the first
 */
public record ImageHead(ImageFormat format, int width, int height, int channels, int orientation, boolean isAnimated) {
    /** Rows of the upright image. */
    public int uprightHeight() {
        return Turn.isLying(orientation) ? width : height;
    }

    /** Columns of the upright image. */
    public int uprightWidth() {
        return Turn.isLying(orientation) ? height : width;
    }

    public long pixels() {
        return (long) width * height;
    }

    /**
     * The size that a header claims, if it can be.
     *
     * @param fileBytes size of the file
     * @param pixelsPerByte the most pixels that the format can put into a byte
     */
    static void require(ImageFormat format, long width, long height, long fileBytes, int pixelsPerByte)
            throws BadImageException {
        String claims = "a " + format + " file that claims " + width + "x" + height + " pixels";
        if (width < 1 || height < 1) {
            throw new BadImageException(claims);
        }
        if (width > ImageFormat.LONGEST_SIDE
                || height > ImageFormat.LONGEST_SIDE
                || width * height > ImageFormat.MOST_PIXELS) {
            throw new BadImageException(claims + ", more than " + ImageFormat.LONGEST_SIDE + " on a side or "
                    + ImageFormat.MOST_PIXELS / 1_000_000 + " million in all");
        }
        if (width * height > fileBytes * pixelsPerByte) {
            throw new BadImageException(claims + ", which cannot be in its " + fileBytes + " bytes");
        }
    }
}
