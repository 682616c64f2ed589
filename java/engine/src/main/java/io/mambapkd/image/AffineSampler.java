package io.mambapkd.image;

import io.mambapkd.tensor.ImageShape;

/**
 * Draws an image through an {@link AffineMap}: bilinear between pixels, zero outside. Holds a padded copy of the image at hand, so each
 * thread needs its own.
 */
public final class AffineSampler {
    private final ImageShape shape;
    private final int paddedRow;
    private final float[] padded;

    public AffineSampler(ImageShape shape) {
        this.shape = shape;
        // One row and column of zeros before the image, two behind it: every clamped position then has four neighbours.
        this.paddedRow = (shape.width() + 3) * shape.channels();
        this.padded = new float[(shape.height() + 3) * paddedRow];
    }

    /**
     * @param source holds an image (H, W, C) of unsigned bytes at {@code from}
     * @param target gets values from 0 to 255, not rounded, at {@code at}
     */
    public void sample(byte[] source, int from, AffineMap map, float[] target, int at) {
        pad(source, from);
        int channels = shape.channels();
        float lastX = shape.width() + 1;
        float lastY = shape.height() + 1;
        float[] pixels = padded;
        int out = at;
        for (int y = 0; y < shape.height(); y++) {
            float rowX = map.xy() * y + map.x0() + 1;
            float rowY = map.yy() * y + map.y0() + 1;
            for (int x = 0; x < shape.width(); x++) {
                float positionX = clamp(map.xx() * x + rowX, lastX);
                float positionY = clamp(map.yx() * x + rowY, lastY);
                int left = (int) positionX;
                int top = (int) positionY;
                float weightX = positionX - left;
                float weightY = positionY - top;
                int upper = top * paddedRow + left * channels;
                int lower = upper + paddedRow;
                for (int c = 0; c < channels; c++) {
                    target[out++] = mix(
                            mix(pixels[upper + c], pixels[upper + channels + c], weightX),
                            mix(pixels[lower + c], pixels[lower + channels + c], weightX),
                            weightY);
                }
            }
        }
    }

    /** Into the border of zeros, where the position no longer matters. Plain comparisons: Math.min and max cost more, for the sake of NaN. */
    private static float clamp(float position, float last) {
        return position < 0 ? 0 : position > last ? last : position;
    }

    private static float mix(float a, float b, float weight) {
        return a + weight * (b - a);
    }

    private void pad(byte[] source, int from) {
        int row = shape.width() * shape.channels();
        for (int y = 0; y < shape.height(); y++) {
            int to = (y + 1) * paddedRow + shape.channels();
            for (int i = 0; i < row; i++) {
                padded[to + i] = source[from + y * row + i] & 0xff;
            }
        }
    }
}
