package io.mambapkd.image;

import io.mambapkd.tensor.ImageShape;
import java.util.List;

/** What a placement makes of an image, by its definition, step by step: a padded image, a part of it, its mirror image, a square of zeros. */
public final class PlacedReference {
    private PlacedReference() {}

    /**
     * @param pixels (H, W, C), unsigned
     * @return the normalised image (H, W, C)
     */
    public static float[] image(
            byte[] pixels, ImageShape shape, Placement placement, List<Float> mean, List<Float> standardDeviation) {
        int height = shape.height();
        int width = shape.width();
        int channels = shape.channels();
        int[][][] padded = new int[3 * height][3 * width][channels];
        for (int y = 0; y < padded.length; y++) {
            for (int x = 0; x < padded[0].length; x++) {
                for (int c = 0; c < channels; c++) {
                    int row = mirrored(y - height, height);
                    int column = mirrored(x - width, width);
                    padded[y][x][c] = pixels[(row * width + column) * channels + c] & 0xff;
                }
            }
        }
        float[] out = new float[shape.elements()];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int column = placement.flipped() ? width - 1 - x : x;
                boolean cut = x >= placement.cutLeft()
                        && x < placement.cutLeft() + placement.cutSide()
                        && y >= placement.cutTop()
                        && y < placement.cutTop() + placement.cutSide();
                for (int c = 0; c < channels; c++) {
                    int pixel = padded[y + height + placement.shiftY()][column + width + placement.shiftX()][c];
                    double value = (pixel / 255.0 - mean.get(c)) / standardDeviation.get(c);
                    out[(y * width + x) * channels + c] = cut ? 0 : (float) value;
                }
            }
        }
        return out;
    }

    /** Where the walk 0 1 2 .. n-1 n-2 .. 1 0 1 .. is after so many steps. */
    private static int mirrored(int position, int extent) {
        int at = 0;
        int direction = 1;
        for (int i = 0; i < Math.abs(position) && extent > 1; i++) {
            if (at + direction < 0 || at + direction >= extent) {
                direction = -direction;
            }
            at += direction;
        }
        return at;
    }
}
