package io.mambapkd.train.feed;

import io.mambapkd.data.ImageSet;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;

/** The first images of a set in the memory of a device, a byte a value, in some copies of which the first is uploaded here. */
final class ResidentImages implements AutoCloseable {
    private final Arena arena;
    private final Tensor pixels;
    private final Tensor labels;

    /**
     * @param images number of images, from the start of the set
     * @param copies V, of which only copy 0 is filled
     */
    ResidentImages(Backend backend, ImageSet set, int images, int copies) {
        ImageShape shape = set.shape();
        arena = backend.newArena("resident images");
        pixels = arena.allocate(
                "pixels", DType.U8, Shape.of(copies, images, shape.height(), shape.width(), shape.channels()));
        labels = arena.allocate("labels", DType.U8, Shape.of(images));
        arena.seal();
        try {
            backend.upload(Arrays.copyOf(set.pixels(), images * shape.elements()), copy(0));
            byte[] values = new byte[images];
            for (int i = 0; i < images; i++) {
                values[i] = (byte) set.label(i);
            }
            backend.upload(values, labels);
        } catch (RuntimeException | Error failure) {
            arena.close();
            throw failure;
        }
    }

    /** Bytes that so many images take, or more than any device has where they are too many for one tensor. */
    static long bytes(ImageSet set, int images, int copies) {
        long values = (long) copies * images * set.shape().elements();
        return values > Integer.MAX_VALUE ? Long.MAX_VALUE : values + images;
    }

    /** S: number of images in a copy. */
    int images() {
        return labels.shape().extent(0);
    }

    /** V: number of copies. */
    int copies() {
        return pixels.shape().extent(0);
    }

    /** All pixel values (V, S, H, W, C) U8. */
    Tensor pixels() {
        return pixels;
    }

    /** The pixel values of one copy (S, H, W, C) U8. */
    Tensor copy(int copy) {
        int[] extents = pixels.shape().toArray();
        return pixels.slices(copy, 1).reshape(Arrays.copyOfRange(extents, 1, extents.length));
    }

    /** Labels (S) U8. */
    Tensor labels() {
        return labels;
    }

    @Override
    public void close() {
        arena.close();
    }
}
