package io.mambapkd.data;

import io.mambapkd.image.PixelSums;
import io.mambapkd.tensor.ImageShape;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Images of one size with their labels, in memory. The position of an image is its sample id. */
public final class ImageSet {
    private final ImageShape shape;
    private final int classes;
    private final byte[] pixels;
    private final byte[] labels;
    private @Nullable PixelSums sums;

    /**
     * @param shape extents of every image
     * @param classes K; labels are 0..K-1
     * @param pixels (n, H, W, C), one unsigned byte a value; not copied; what follows the last image does not count
     * @param labels (n), unsigned; not copied
     */
    public ImageSet(ImageShape shape, int classes, byte[] pixels, byte[] labels) {
        if (pixels.length < (long) labels.length * shape.elements()) {
            throw new IllegalArgumentException(
                    pixels.length + " pixel values are not " + labels.length + " images of " + shape);
        }
        this.shape = shape;
        this.classes = classes;
        this.pixels = pixels;
        this.labels = labels;
    }

    public ImageShape shape() {
        return shape;
    }

    public int classes() {
        return classes;
    }

    /** Number of images. */
    public int size() {
        return labels.length;
    }

    public int label(int sample) {
        return labels[sample] & 0xff;
    }

    /** All labels (n). */
    public int[] labels() {
        return IntStream.range(0, size()).map(this::label).toArray();
    }

    /** Labels (n) as unsigned bytes; not a copy. */
    byte[] labelBytes() {
        return labels;
    }

    /**
     * All pixel values (n, H, W, C), unsigned bytes; image {@code i} starts at {@code i * shape().elements()}. The array may be longer. Not to be
     * changed.
     */
    public byte[] pixels() {
        return pixels;
    }

    /** These images, with the sums of their pixels where somebody has them. */
    ImageSet summed(PixelSums known) {
        ImageSet set = new ImageSet(shape, classes, pixels, labels);
        set.sums = known;
        return set;
    }

    /** Of the pixels; computed once. */
    PixelSums sums() {
        if (sums == null) {
            sums = PixelSums.of(pixels, size() * shape.elements(), shape.channels());
        }
        return sums;
    }

    /**
     * The same images, which share their pixels, with other labels.
     *
     * @param labelOf the new label of each class
     * @param newClasses number of classes
     */
    ImageSet relabelled(int[] labelOf, int newClasses) {
        byte[] newLabels = new byte[labels.length];
        for (int i = 0; i < labels.length; i++) {
            newLabels[i] = (byte) labelOf[label(i)];
        }
        return new ImageSet(shape, newClasses, pixels, newLabels);
    }

    /** These images upright; the pixels are changed in place where they are transposed, so that this set must not be used any more. */
    ImageSet upright(Orientation orientation) {
        if (orientation == Orientation.NORMAL) {
            return this;
        }
        int channels = shape.channels();
        byte[] image = new byte[shape.elements()];
        for (int i = 0; i < size(); i++) {
            int to = i * image.length;
            System.arraycopy(pixels, to, image, 0, image.length);
            for (int x = 0; x < shape.width(); x++) {
                for (int y = 0; y < shape.height(); y++, to += channels) {
                    System.arraycopy(image, (y * shape.width() + x) * channels, pixels, to, channels);
                }
            }
        }
        ImageShape turned =
                new ImageShape(/* height= */ shape.width(), /* width= */ shape.height(), /* channels= */ channels);
        ImageSet upright = new ImageSet(turned, classes, pixels, labels);
        return sums == null ? upright : upright.summed(sums);
    }

    /** At most {@code most} images, spread evenly over all of them; this set where it has no more. */
    public ImageSet spread(int most) {
        if (size() <= most) {
            return this;
        }
        int elements = shape.elements();
        byte[] somePixels = new byte[most * elements];
        byte[] someLabels = new byte[most];
        for (int i = 0; i < most; i++) {
            int sample = (int) ((long) i * size() / most);
            System.arraycopy(pixels, sample * elements, somePixels, i * elements, elements);
            someLabels[i] = labels[sample];
        }
        return new ImageSet(shape, classes, somePixels, someLabels);
    }

    /** The images {@code from} (inclusive) to {@code to} (exclusive); copies, but for images from the start, which share the pixels. */
    public ImageSet range(int from, int to) {
        int elements = shape.elements();
        byte[] somePixels = from == 0 ? pixels : Arrays.copyOfRange(pixels, from * elements, to * elements);
        return new ImageSet(shape, classes, somePixels, Arrays.copyOfRange(labels, from, to));
    }

    /** Copies of the images at the chosen positions, in order. */
    ImageSet chosen(BitSet positions) {
        int elements = shape.elements();
        byte[] takenPixels = new byte[positions.cardinality() * elements];
        byte[] takenLabels = new byte[positions.cardinality()];
        int to = 0;
        for (int i = positions.nextSetBit(0); i >= 0; i = positions.nextSetBit(i + 1), to++) {
            System.arraycopy(pixels, i * elements, takenPixels, to * elements, elements);
            takenLabels[to] = labels[i];
        }
        return new ImageSet(shape, classes, takenPixels, takenLabels);
    }

    /**
     * The images at the positions that are not chosen, in order. They close up in this set's own array, so that large data are not held twice: this
     * set must not be used any more.
     *
     * @param copies what {@link #chosen} made of those that are
     */
    ImageSet left(BitSet chosen, ImageSet copies) {
        int elements = shape.elements();
        byte[] leftLabels = new byte[size() - chosen.cardinality()];
        int to = 0;
        for (int i = chosen.nextClearBit(0); i < size(); i = chosen.nextClearBit(i + 1), to++) {
            if (to != i) {
                System.arraycopy(pixels, i * elements, pixels, to * elements, elements);
            }
            leftLabels[to] = labels[i];
        }
        ImageSet left = new ImageSet(shape, classes, pixels, leftLabels);
        return sums == null ? left : left.summed(sums.minus(copies.sums()));
    }
}
