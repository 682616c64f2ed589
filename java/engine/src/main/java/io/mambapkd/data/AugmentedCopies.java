package io.mambapkd.data;

import io.mambapkd.image.AffineSampler;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import java.util.Objects;

/**
 * Fixed copies of the first training images, one byte a value: copy 0 is clean, the others are augmented. What a teacher or a frozen group
 * says about a copy then needs to be computed only once.
 *
 * <p>{@link #fill} makes the augmented ones, in pieces of any size; calls for different pieces may run on different threads, and the result
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
            pixels[copy] = new byte[Math.multiplyExact(images, source.shape().elements())];
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

    /** Pixel values of a copy; image {@code i} starts at {@code i * shape().elements()}. Copy 0 may hold more than {@link #images}. Not to be changed. */
    public byte[] pixels(int copy) {
        return pixels[copy];
    }

    /** Makes the images {@code from} (inclusive) to {@code to} (exclusive) of a copy; nothing to do for copy 0. */
    public void fill(int copy, int from, int to) {
        Objects.checkFromToIndex(from, to, images);
        if (copy == 0) {
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
