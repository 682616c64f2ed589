package io.mambapkd.data;

import io.mambapkd.image.AffineMap;
import io.mambapkd.image.AffineSampler;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.Normalisation;
import io.mambapkd.tensor.ImageShape;

/**
 * Collects the images of a batch, wherever they lie, into one array (B, H, W, C), normalised: {@code (value / 255 - mean) / standardDeviation}.
 *
 * <p>Every method fills the rows {@code from} (inclusive) to {@code to} (exclusive) of a batch whose row {@code i} is sample
 * {@code samples[i]}; calls for different rows may run on different threads.
 */
public final class Gather {
    private final ImageShape shape;
    private final Normalisation normalisation;
    private final float[] normalised = new float[256];

    public Gather(ImageShape shape, float mean, float standardDeviation) {
        this.shape = shape;
        this.normalisation = Normalisation.of(mean, standardDeviation);
        for (int value = 0; value < normalised.length; value++) {
            normalised[value] = normalisation.apply(value);
        }
    }

    public Gather(Dataset dataset) {
        this(dataset.training().shape(), dataset.mean(), dataset.standardDeviation());
    }

    /** Images as they are. */
    public void images(ImageSet source, int[] samples, int from, int to, float[] target) {
        for (int row = from; row < to; row++) {
            copy(source.pixels(), samples[row], target, row);
        }
    }

    /** Images of cached copies: row {@code i} is copy {@code copyIds[i]} of sample {@code samples[i]}. */
    public void images(AugmentedCopies copies, int[] copyIds, int[] samples, int from, int to, float[] target) {
        for (int row = from; row < to; row++) {
            copy(copies.pixels(copyIds[row]), samples[row], target, row);
        }
    }

    /** Images augmented on the fly, not rounded in between. */
    public void images(
            ImageSet source, Augmentation augmentation, int stream, int[] samples, int from, int to, float[] target) {
        AffineSampler sampler = new AffineSampler(shape);
        int elements = shape.elements();
        for (int row = from; row < to; row++) {
            AffineMap map = augmentation.map(shape, stream, samples[row]);
            int at = row * elements;
            sampler.sample(source.pixels(), samples[row] * elements, map, target, at);
            for (int i = at; i < at + elements; i++) {
                target[i] = normalisation.apply(target[i]);
            }
        }
    }

    /** Labels, in 0..K-1. */
    public void labels(ImageSet source, int[] samples, int from, int to, int[] target) {
        for (int row = from; row < to; row++) {
            target[row] = source.label(samples[row]);
        }
    }

    private void copy(byte[] pixels, int sample, float[] target, int row) {
        int elements = shape.elements();
        int source = sample * elements;
        int at = row * elements;
        for (int i = 0; i < elements; i++) {
            target[at + i] = normalised[pixels[source + i] & 0xff];
        }
    }
}
