package io.mambapkd.image;

/**
 * Which pixel of an image (H, W) each pixel of the result is. The image is first continued over its borders by reflection, without repeating the pixels of
 * the border, and moved; then mirrored; then a square of it is emptied. Output pixel (x, y) is 0 after normalisation, the mean, if it lies in the square
 * {@code [cutLeft, cutLeft + cutSide) x [cutTop, cutTop + cutSide)}, and else pixel ({@link #reflect}(u + shiftX, W), reflect(y + shiftY, H)) with
 * {@code u = flipped ? W - 1 - x : x}.
 *
 * @param shiftX in pixels, less than W either way
 * @param shiftY in pixels, less than H either way
 * @param flipped whether it is mirrored, left for right
 * @param cutLeft first column of the square; it may begin before the image and end behind it
 * @param cutTop first row of the square
 * @param cutSide its side, in pixels; 0 for none
 */
public record Placement(int shiftX, int shiftY, boolean flipped, int cutLeft, int cutTop, int cutSide) {
    /** The image as it is. */
    public static final Placement NONE = new Placement(0, 0, false, 0, 0, 0);

    /** Moved and mirrored, whole. */
    public Placement(int shiftX, int shiftY, boolean flipped) {
        this(shiftX, shiftY, flipped, 0, 0, 0);
    }

    /** The position inside 0..extent-1 that a position at most {@code extent - 1} outside mirrors: -1 mirrors 1. */
    public static int reflect(int position, int extent) {
        return position < 0 ? -position : position >= extent ? 2 * (extent - 1) - position : position;
    }
}
