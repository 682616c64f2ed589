package io.mambapkd.train.feed;

import io.mambapkd.data.AugmentedCopies;
import io.mambapkd.data.Gather;
import io.mambapkd.data.SampleOrder;
import io.mambapkd.distill.LogitCache;
import org.jspecify.annotations.Nullable;

/**
 * Cached copies with the logits of the teacher and of the frozen group: training a student runs neither. Every epoch has a new order and picks one
 * copy of every sample.
 */
final class CachedData implements TrainingData {
    private final AugmentedCopies images;
    private final @Nullable LogitCache teacher;
    private final @Nullable LogitCache group;
    private final float @Nullable [] weights;
    private final SampleOrder order;
    private final Gather gather;
    private final long firstStep;
    private final int[] samples;
    private final int[] copies;

    /**
     * @param teacher its logits, or null where there is none
     * @param group logits of the frozen group, or null where the student stands alone
     * @param weights (S) of the samples, or null for 1
     * @param model tells the models of a run apart
     */
    CachedData(
            AugmentedCopies images,
            @Nullable LogitCache teacher,
            @Nullable LogitCache group,
            float @Nullable [] weights,
            SampleOrder order,
            Gather gather,
            int model) {
        this.images = images;
        this.teacher = teacher;
        this.group = group;
        this.weights = weights;
        this.order = order;
        this.gather = gather;
        this.firstStep = (long) model * CopyCache.EPOCHS_PER_MODEL * order.stepsPerEpoch();
        this.samples = new int[order.batch()];
        this.copies = new int[order.batch()];
    }

    @Override
    public int stepsPerEpoch() {
        return order.stepsPerEpoch();
    }

    @Override
    public boolean has(Extra extra) {
        return switch (extra) {
            case TEACHER -> teacher != null;
            case ENSEMBLE -> group != null;
            case WEIGHTS -> weights != null;
        };
    }

    @Override
    public void fill(long step, HostBatch batch) {
        int epoch = order.epoch(firstStep + step);
        order.samples(firstStep + step, samples);
        for (int row = 0; row < samples.length; row++) {
            int sample = samples[row];
            copies[row] = images.copyFor(epoch, sample);
            int at = row * images.source().classes();
            if (teacher != null) {
                teacher.read(copies[row], sample, batch.teacher, at);
            }
            if (group != null) {
                group.read(copies[row], sample, batch.ensemble, at);
            }
            if (weights != null) {
                batch.weights[row] = weights[sample];
            }
        }
        gather.images(images, copies, samples, 0, samples.length, batch.images);
        gather.labels(images.source(), samples, 0, samples.length, batch.labels);
    }
}
