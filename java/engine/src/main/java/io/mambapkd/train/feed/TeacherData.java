package io.mambapkd.train.feed;

import io.mambapkd.data.Gather;
import io.mambapkd.data.ImageSet;
import io.mambapkd.data.SampleOrder;
import io.mambapkd.image.Augmentation;
import org.jspecify.annotations.Nullable;

/** The training images in a new order every epoch, each augmented on the fly. */
final class TeacherData implements TrainingData {
    private final ImageSet images;
    private final SampleOrder order;
    private final Augmentation augmentation;
    private final Gather gather;
    private final float @Nullable [] weights;
    private final int[] samples;

    /** @param weights of the samples, or null for 1 */
    TeacherData(
            ImageSet images, SampleOrder order, Augmentation augmentation, Gather gather, float @Nullable [] weights) {
        this.images = images;
        this.order = order;
        this.augmentation = augmentation;
        this.gather = gather;
        this.weights = weights;
        this.samples = new int[order.batch()];
    }

    @Override
    public int stepsPerEpoch() {
        return order.stepsPerEpoch();
    }

    @Override
    public boolean has(Extra extra) {
        return extra == Extra.WEIGHTS && weights != null;
    }

    @Override
    public void fill(long step, HostBatch batch) {
        order.samples(step, samples);
        gather.images(images, augmentation, order.epoch(step), samples, 0, samples.length, batch.images);
        gather.labels(images, samples, 0, samples.length, batch.labels);
        if (weights != null) {
            for (int row = 0; row < samples.length; row++) {
                batch.weights[row] = weights[samples[row]];
            }
        }
    }
}
