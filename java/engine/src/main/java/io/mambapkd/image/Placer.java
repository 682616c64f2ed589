package io.mambapkd.image;

import io.mambapkd.tensor.ImageShape;
import java.util.Arrays;

/** Puts images where their {@link Placement} says, and normalises them. Holds the columns of the image at hand, so each thread needs its own. */
public final class Placer {
    private final ImageShape shape;
    private final Normalisation normalisation;
    private final float[] table;
    private final int[] columns;

    public Placer(ImageShape shape, Normalisation normalisation) {
        if (!normalisation.fits(shape.channels())) {
            throw new IllegalArgumentException("images of " + shape + " cannot be normalised with the numbers of "
                    + normalisation.channels() + " channels");
        }
        this.shape = shape;
        this.normalisation = normalisation;
        this.table = normalisation.table(shape.channels());
        this.columns = new int[shape.width()];
    }

    /**
     * @param source holds an image (H, W, C) of unsigned bytes at {@code from}
     * @param target gets the normalised image (H, W, C) at {@code at}
     */
    public void place(byte[] source, int from, Placement placement, float[] target, int at) {
        int channels = shape.channels();
        float[] values = table;
        int[] offsets = columns(placement);
        int out = at;
        for (int y = 0; y < shape.height(); y++) {
            int row = row(from, y, placement);
            if (channels == 3) {
                for (int offset : offsets) {
                    int pixel = row + offset;
                    target[out] = values[source[pixel] & 0xff];
                    target[out + 1] = values[256 + (source[pixel + 1] & 0xff)];
                    target[out + 2] = values[512 + (source[pixel + 2] & 0xff)];
                    out += 3;
                }
            } else if (channels == 1) {
                for (int offset : offsets) {
                    target[out++] = values[source[row + offset] & 0xff];
                }
            } else {
                for (int offset : offsets) {
                    for (int c = 0; c < channels; c++) {
                        target[out++] = values[256 * c + (source[row + offset + c] & 0xff)];
                    }
                }
            }
        }
        cut(placement, target, at);
    }

    /**
     * @param source holds an image (H, W, C) of values from 0 to 255 at {@code from}
     * @param target another array; gets the normalised image (H, W, C) at {@code at}
     */
    public void place(float[] source, int from, Placement placement, float[] target, int at) {
        int channels = shape.channels();
        int[] offsets = columns(placement);
        int out = at;
        for (int y = 0; y < shape.height(); y++) {
            int row = row(from, y, placement);
            for (int offset : offsets) {
                for (int c = 0; c < channels; c++) {
                    target[out++] = normalisation.apply(source[row + offset + c], c);
                }
            }
        }
        cut(placement, target, at);
    }

    /** Where each column of the result begins in a row of the source. */
    private int[] columns(Placement placement) {
        int width = shape.width();
        for (int x = 0; x < width; x++) {
            int from = placement.flipped() ? width - 1 - x : x;
            columns[x] = Placement.reflect(from + placement.shiftX(), width) * shape.channels();
        }
        return columns;
    }

    private int row(int from, int y, Placement placement) {
        return from + Placement.reflect(y + placement.shiftY(), shape.height()) * shape.width() * shape.channels();
    }

    private void cut(Placement placement, float[] target, int at) {
        int left = Math.max(0, placement.cutLeft());
        int right = Math.min(shape.width(), placement.cutLeft() + placement.cutSide());
        int top = Math.max(0, placement.cutTop());
        int bottom = Math.min(shape.height(), placement.cutTop() + placement.cutSide());
        for (int y = top; y < bottom && left < right; y++) {
            int row = at + y * shape.width() * shape.channels();
            Arrays.fill(target, row + left * shape.channels(), row + right * shape.channels(), 0);
        }
    }
}
