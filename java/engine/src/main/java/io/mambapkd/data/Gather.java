package io.mambapkd.data;

import io.mambapkd.image.AffineMap;
import io.mambapkd.image.AffineSampler;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.Normalisation;
import io.mambapkd.image.Placement;
import io.mambapkd.image.Placer;
import io.mambapkd.tensor.ImageShape;
import java.util.function.IntFunction;

/**
 * Collects the images of a batch, wherever they lie, into one array (B, H, W, C), normalised: {@code (value / 255 - mean) / standardDeviation}, with the numbers of each channel.
 *
 * <p>Every method fills the rows {@code from} (inclusive) to {@code to} (exclusive) of a batch whose row {@code i} is sample
 * {@code samples[i]}; calls for different rows may run on different threads.
 */
public final class Gather {
    private final ImageShape shape;
    private final Normalisation normalisation;
    private final float[] normalised;

    public Gather(ImageShape shape, Normalisation normalisation) {
        this.shape = shape;
        this.normalisation = normalisation;
        this.normalised = normalisation.table(shape.channels());
    }

    public Gather(Dataset dataset) {
        this(dataset.training().shape(), dataset.normalisation());
    }

    /** Images as they are. */
    public void images(ImageSet source, int[] samples, int from, int to, float[] target) {
        for (int row = from; row < to; row++) {
            copy(source.pixels(), samples[row], target, row);
        }
    }

    /** Images of cached copies: row {@code i} is copy {@code copyIds[i]} of sample {@code samples[i]}. */
    public void images(AugmentedCopies copies, int[] copyIds, int[] samples, int from, int to, float[] target) {
        if (!copies.places()) {
            for (int row = from; row < to; row++) {
                copy(copies.pixels(copyIds[row]), samples[row], target, row);
            }
            return;
        }
        Placer placer = new Placer(shape, normalisation);
        int elements = shape.elements();
        for (int row = from; row < to; row++) {
            Placement placement = copies.placement(copyIds[row], samples[row]);
            placer.place(copies.pixels(copyIds[row]), samples[row] * elements, placement, target, row * elements);
        }
    }

    /** Images augmented on the fly, not rounded in between. */
    public void images(
            ImageSet source, Augmentation augmentation, int stream, int[] samples, int from, int to, float[] target) {
        if (!augmentation.spec().maps()) {
            images(source, sample -> augmentation.placement(shape, stream, sample), samples, from, to, target);
            return;
        }
        AffineSampler sampler = new AffineSampler(shape);
        Placer placer = new Placer(shape, normalisation);
        boolean places = augmentation.spec().places();
        int elements = shape.elements();
        float[] drawn = new float[elements];
        for (int row = from; row < to; row++) {
            AffineMap map = augmentation.map(shape, stream, samples[row]);
            int at = row * elements;
            int image = samples[row] * elements;
            if (places) {
                sampler.sample(source.pixels(), image, map, drawn, 0);
                placer.place(drawn, 0, augmentation.placement(shape, stream, samples[row]), target, at);
            } else {
                sampler.sample(source.pixels(), image, map, target, at);
                normalisation.apply(target, at, at + elements, shape.channels());
            }
        }
    }

    /** Images in places of their own. */
    public void images(
            ImageSet source, IntFunction<Placement> placements, int[] samples, int from, int to, float[] target) {
        Placer placer = new Placer(shape, normalisation);
        int elements = shape.elements();
        for (int row = from; row < to; row++) {
            int sample = samples[row];
            placer.place(source.pixels(), sample * elements, placements.apply(sample), target, row * elements);
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
        int channels = shape.channels();
        int source = sample * elements;
        int at = row * elements;
        if (normalisation.channels() == 1) {
            for (int i = 0; i < elements; i++) {
                target[at + i] = normalised[pixels[source + i] & 0xff];
            }
            return;
        }
        for (int i = 0; i < elements; i += channels) {
            for (int c = 0; c < channels; c++) {
                target[at + i + c] = normalised[256 * c + (pixels[source + i + c] & 0xff)];
            }
        }
    }
}
