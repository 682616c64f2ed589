package io.mambapkd.data;

import io.mambapkd.image.AffineSampler;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Placement;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import java.util.Objects;

/**
 * Fixed copies of the first training images: copy 0 is clean, the others are augmented. What a teacher or a frozen group says about a copy then needs to be
 * computed only once. A copy of an image is a function of seed, copy and sample. Its {@link #placement} is drawn whenever it is gathered; pixels of its own,
 * one byte a value, it has only where images go through affine maps.
 *
 * <p>{@link #fill} makes these, in pieces of any size; calls for different pieces may run on different threads, and the result
 * does not depend on the pieces.
 */
public final class AugmentedCopies {
    private final ImageSet source;
    private final int images;
    private final Augmentation augmentation;
    private final CounterRandom choice;
    private final byte[][] pixels;

    /**
     * @param source the training images
     * @param images how many of them, from the start
     * @param copies number of copies, the clean one among them
     */
    public AugmentedCopies(ImageSet source, int images, int copies, AugmentationSpec spec, long seed) {
        if (images < 1 || images > source.size() || copies < 1) {
            throw new IllegalArgumentException(
                    copies + " copies of " + images + " images cannot be made from " + source.size());
        }
        this.source = source;
        this.images = images;
        this.augmentation = new Augmentation(spec, seed, Purpose.CACHED_COPY);
        this.choice = new CounterRandom(seed, Purpose.COPY_CHOICE);
        this.pixels = new byte[copies][];
        pixels[0] = source.pixels();
        for (int copy = 1; copy < copies; copy++) {
            pixels[copy] = spec.maps()
                    ? new byte[Math.multiplyExact(images, source.shape().elements())]
                    : pixels[0];
        }
    }

    /** Number of copies, the clean one among them. */
    public int copies() {
        return pixels.length;
    }

    /** Number of images in each copy. */
    public int images() {
        return images;
    }

    public ImageSet source() {
        return source;
    }

    /**
     * Pixel values of a copy before its placement; image {@code i} starts at {@code i * shape().elements()}. The array may hold more than {@link #images}. Not
     * to be changed.
     */
    public byte[] pixels(int copy) {
        return pixels[copy];
    }

    /** Whether images are moved, mirrored or cut after that. */
    boolean places() {
        return augmentation.spec().places();
    }

    /** Where an image of a copy is put. */
    Placement placement(int copy, int sample) {
        return augmentation.placement(source.shape(), copy, sample);
    }

    /** Makes the pixels of the images {@code from} (inclusive) to {@code to} (exclusive) of a copy, if it has pixels of its own. */
    public void fill(int copy, int from, int to) {
        Objects.checkFromToIndex(from, to, images);
        if (pixels[copy] == source.pixels()) {
            return;
        }
        int elements = source.shape().elements();
        AffineSampler sampler = new AffineSampler(source.shape());
        float[] drawn = new float[elements];
        for (int sample = from; sample < to; sample++) {
            int at = sample * elements;
            sampler.sample(source.pixels(), at, augmentation.map(source.shape(), copy, sample), drawn, 0);
            for (int i = 0; i < elements; i++) {
                pixels[copy][at + i] = (byte) (int) (drawn[i] + 0.5f);
            }
        }
    }

    /** The copy of a sample that an epoch sees. */
    public int copyFor(int epoch, int sample) {
        return choice.below(epoch, sample, 0, pixels.length);
    }
}
