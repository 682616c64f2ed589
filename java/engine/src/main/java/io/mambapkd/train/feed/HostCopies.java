package io.mambapkd.train.feed;

import io.mambapkd.data.AugmentedCopies;
import io.mambapkd.data.Gather;
import io.mambapkd.data.SampleOrder;
import io.mambapkd.distill.LogitCache;
import io.mambapkd.model.Classifier;
import io.mambapkd.ops.Backend;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Copies and logits in the host's memory; batches are gathered there and brought to the device one by one. */
final class HostCopies implements CopyCache {
    private static final int IMAGES_PER_PIECE = 250;

    private final Backend backend;
    private final AugmentedCopies images;
    private final Gather gather;
    private final Predictor predictor;
    private final long seed;
    private final LogitCache teacher;
    private final LogitCache group;

    /** Makes the copies and runs the teacher on all of them. */
    HostCopies(
            Backend backend,
            AugmentedCopies images,
            Gather gather,
            Predictor predictor,
            long seed,
            Classifier teacher,
            CachingProgress progress) {
        this.backend = backend;
        this.images = images;
        this.gather = gather;
        this.predictor = predictor;
        this.seed = seed;
        this.teacher = empty();
        this.group = empty();
        for (int copy = 0; copy < images.copies(); copy++) {
            fill(copy, progress);
            predictor.logits(teacher, images, copy, null, this.teacher.copy(copy));
            progress.copyDone();
        }
    }

    private LogitCache empty() {
        return new LogitCache(images.copies(), images.images(), images.source().classes());
    }

    /** Every image is a function of (copy, sample) alone, so the threads' order does not matter. */
    private void fill(int copy, CachingProgress progress) {
        int pieces = (images.images() + IMAGES_PER_PIECE - 1) / IMAGES_PER_PIECE;
        IntStream.range(0, pieces).parallel().forEach(piece -> {
            progress.stopIfAsked();
            int from = piece * IMAGES_PER_PIECE;
            images.fill(copy, from, Math.min(images.images(), from + IMAGES_PER_PIECE));
        });
    }

    @Override
    public int samples() {
        return images.images();
    }

    @Override
    public void clearGroup() {
        // Not a new one beside the old: they may be the larger part of the heap.
        group.clear();
    }

    @Override
    public BatchSource batches(Set<TrainingData.Extra> extras, float @Nullable [] weights, int batch, int model) {
        CachedData data = new CachedData(
                images,
                extras.contains(TrainingData.Extra.TEACHER) ? teacher : null,
                extras.contains(TrainingData.Extra.ENSEMBLE) ? group : null,
                weights,
                new SampleOrder(seed, images.images(), batch),
                gather,
                model);
        return new StreamedBatches(backend, data);
    }

    @Override
    public void join(Classifier student, double keep, double weight) {
        float[] logits = new float[teacher.copy(0).length];
        for (int copy = 0; copy < images.copies(); copy++) {
            predictor.logits(student, images, copy, group.copy(copy), logits);
            group.join(copy, keep, weight, logits);
        }
    }

    @Override
    public float[] cleanLogits(Classifier model) {
        float[] logits = new float[teacher.copy(0).length];
        predictor.logits(model, images, 0, group.copy(0), logits);
        return logits;
    }

    @Override
    public float[] cleanTeacherLogits() {
        float[] logits = teacher.copy(0);
        return Arrays.copyOf(logits, logits.length);
    }

    @Override
    public void close() {
        // Nothing but Java arrays.
    }
}
