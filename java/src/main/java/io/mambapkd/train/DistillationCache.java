package io.mambapkd.train;

import io.mambapkd.data.AugmentedCopies;
import io.mambapkd.distill.LogitCache;
import io.mambapkd.model.Classifier;
import java.util.stream.IntStream;

/**
 * Fixed copies of the training images with the teacher's logits on each.
 *
 * @param images copy 0 as they are, the others augmented
 * @param teacher logits by (copy, sample)
 */
record DistillationCache(AugmentedCopies images, LogitCache teacher) {
    private static final int IMAGES_PER_PIECE = 1000;

    /** Makes the copies and runs the teacher on all of them. */
    static DistillationCache create(
            AugmentedCopies images, Classifier teacher, Predictor predictor, RunListener listener) {
        int samples = images.images();
        LogitCache logits =
                new LogitCache(images.copies(), samples, images.source().classes());
        long start = System.nanoTime();
        for (int copy = 0; copy < images.copies(); copy++) {
            fill(images, copy);
            predictor.logits(teacher, images, copy, logits.copy(copy));
            double done = (double) (copy + 1) * samples;
            listener.progress(
                    "caching",
                    copy + 1,
                    images.copies(),
                    Double.NaN,
                    Double.NaN,
                    done / ((System.nanoTime() - start) / 1e9));
        }
        return new DistillationCache(images, logits);
    }

    /** Every image is a function of (copy, sample) alone, so the threads' order does not matter. */
    private static void fill(AugmentedCopies images, int copy) {
        int pieces = (images.images() + IMAGES_PER_PIECE - 1) / IMAGES_PER_PIECE;
        IntStream.range(0, pieces).parallel().forEach(piece -> {
            int from = piece * IMAGES_PER_PIECE;
            images.fill(copy, from, Math.min(images.images(), from + IMAGES_PER_PIECE));
        });
    }
}
