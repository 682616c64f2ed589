package io.mambapkd.tensor;

/**
 * Extents of one image.
 *
 * @param height H, in pixels
 * @param width W, in pixels
 * @param channels C
 */
public record ImageShape(int height, int width, int channels) {
    public ImageShape {
        if (height < 1 || width < 1 || channels < 1) {
            throw new IllegalArgumentException(
                    "an image needs extents of at least 1, got " + height + "x" + width + "x" + channels);
        }
    }

    /** Values per image. */
    public int elements() {
        return height * width * channels;
    }

    /** {@code 28x28x1}. */
    @Override
    public String toString() {
        return height + "x" + width + "x" + channels;
    }
}
