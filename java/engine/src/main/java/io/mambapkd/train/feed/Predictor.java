package io.mambapkd.train.feed;

import io.mambapkd.data.AugmentedCopies;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Gather;
import io.mambapkd.data.ImageSet;
import io.mambapkd.image.Views;
import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Mode;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Replay;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.RunListener;
import org.jspecify.annotations.Nullable;

/** Logits of a model on many images, a batch at a time. */
public final class Predictor {
    /** Puts the images of the first {@code rows} sample ids into a batch. */
    private interface Source {
        void fill(int[] samples, int rows, float[] target);
    }

    private final Backend backend;
    private final Gather gather;
    private final RunListener listener;

    public Predictor(Backend backend, Dataset dataset, RunListener listener) {
        this.backend = backend;
        this.gather = new Gather(dataset);
        this.listener = listener;
    }

    /** Logits (n, K) on a whole set, of a model that reads none of a group. */
    public float[] logits(Classifier model, ImageSet images) {
        return logits(model, images, null);
    }

    /**
     * Logits (n, K) on a whole set.
     *
     * @param group logits (n, K) of the group before the model on the same images; null where there is none
     * @throws IllegalArgumentException if there is none and the model reads it
     */
    public float[] logits(Classifier model, ImageSet images, float @Nullable [] group) {
        float[] logits = new float[images.size() * images.classes()];
        Source source = (samples, rows, target) -> gather.images(images, samples, 0, rows, target);
        run(model, images.size(), source, group, logits);
        return logits;
    }

    /** The mean of the logits (n, K) on {@link Views} of each image, of a model that reads none of a group. */
    public float[] logits(Classifier model, ImageSet images, int views) {
        float[] mean = new float[images.size() * images.classes()];
        float[] logits = new float[mean.length];
        for (Views.View view : Views.of(views)) {
            run(
                    model,
                    images.size(),
                    (samples, rows, target) ->
                            gather.images(images, sample -> view.placement(), samples, 0, rows, target),
                    null,
                    logits);
            for (int i = 0; i < mean.length; i++) {
                mean[i] += view.weight() * logits[i];
            }
        }
        return mean;
    }

    /**
     * Logits on one of the cached copies.
     *
     * @param group as in {@link #logits(Classifier, ImageSet, float[])}
     * @param target (n, K), overwritten
     */
    public void logits(Classifier model, AugmentedCopies images, int copy, float @Nullable [] group, float[] target) {
        int[] copies = new int[model.logits().shape().extent(0)];
        java.util.Arrays.fill(copies, copy);
        run(
                model,
                images.images(),
                (samples, rows, out) -> gather.images(images, copies, samples, 0, rows, out),
                group,
                target);
    }

    private void run(Classifier model, int count, Source source, float @Nullable [] group, float[] target) {
        if (group == null && model.groupLogits().isPresent()) {
            throw new IllegalArgumentException(model.name() + " reads the logits of a group, and there is no group");
        }
        try (Replay forward = backend.replay(() -> model.forward(Mode.INFERENCE))) {
            run(model, forward, count, source, group, target);
        }
    }

    private void run(
            Classifier model, Replay forward, int count, Source source, float @Nullable [] group, float[] target) {
        Tensor read = group == null ? null : model.groupLogits().orElse(null);
        int batch = model.logits().shape().extent(0);
        int classes = model.logits().shape().last();
        float[] images = new float[Math.toIntExact(model.images().shape().elements())];
        float[] logits = new float[batch * classes];
        int[] samples = new int[batch];
        for (int first = 0; first < count; first += batch) {
            listener.stopIfAsked("evaluating " + model.name());
            // The rows past the end of the last batch keep older images: valid input, answers not read.
            int rows = Math.min(batch, count - first);
            for (int row = 0; row < rows; row++) {
                samples[row] = first + row;
            }
            source.fill(samples, rows, images);
            backend.upload(images, model.images());
            if (group != null && read != null) {
                // In the array that the answers come to afterwards; they have the same shape.
                System.arraycopy(group, first * classes, logits, 0, rows * classes);
                backend.upload(logits, read);
            }
            forward.run();
            backend.download(model.logits(), logits, 0);
            System.arraycopy(logits, 0, target, first * classes, rows * classes);
        }
    }
}
