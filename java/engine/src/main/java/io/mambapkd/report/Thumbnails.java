package io.mambapkd.report;

import io.mambapkd.tensor.ImageShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Test images as addresses that take a bounded number of characters in all, whatever the size of the images. */
final class Thumbnails {
    /** Characters that the images of a section may take; of up to 24 images. */
    static final int MOST_CHARACTERS = 300_000;

    /** Longer sides that are tried, in pixels. 24 images of the last one fit even if they cannot be compressed. */
    private static final int[] SIDES = {96, 80, 64, 48};

    /**
     * One image.
     *
     * @param index its position in the test set
     * @param pixels (H, W, C) unsigned bytes
     * @param shape of the image
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Source(int index, byte[] pixels, ImageShape shape) {}

    private Thumbnails() {}

    /**
     * Shrinks images of a longer side than 96 pixels to it, and all of them further where they would take too much room.
     *
     * @return the address of each image by its index
     */
    static Map<Integer, String> of(List<Source> sources) {
        Map<Integer, String> addresses = new LinkedHashMap<>();
        for (int side : SIDES) {
            for (Source source : sources) {
                ImageShape shape = shrunk(source.shape, side);
                addresses.put(source.index, PngDataUri.of(means(source.pixels, source.shape, shape), shape));
            }
            if (addresses.values().stream().mapToInt(String::length).sum() <= MOST_CHARACTERS) {
                break;
            }
        }
        return addresses;
    }

    /** The same proportions with a longer side of at most {@code side}. */
    static ImageShape shrunk(ImageShape shape, int side) {
        int longer = Math.max(shape.height(), shape.width());
        return longer <= side
                ? shape
                : new ImageShape(
                        Math.max(1, shape.height() * side / longer),
                        Math.max(1, shape.width() * side / longer),
                        shape.channels());
    }

    /** Each pixel of the smaller image is the mean of those that it stands for. */
    private static byte[] means(byte[] pixels, ImageShape from, ImageShape to) {
        if (from.equals(to)) {
            return pixels;
        }
        byte[] means = new byte[to.elements()];
        int at = 0;
        for (int y = 0; y < to.height(); y++) {
            for (int x = 0; x < to.width(); x++) {
                for (int channel = 0; channel < to.channels(); channel++) {
                    means[at++] = mean(pixels, from, to, y, x, channel);
                }
            }
        }
        return means;
    }

    private static byte mean(byte[] pixels, ImageShape from, ImageShape to, int y, int x, int channel) {
        int top = y * from.height() / to.height();
        int bottom = (y + 1) * from.height() / to.height();
        int left = x * from.width() / to.width();
        int right = (x + 1) * from.width() / to.width();
        long sum = 0;
        for (int row = top; row < bottom; row++) {
            for (int column = left; column < right; column++) {
                sum += pixels[(row * from.width() + column) * from.channels() + channel] & 0xff;
            }
        }
        int count = (bottom - top) * (right - left);
        return (byte) ((sum + count / 2) / count);
    }
}
