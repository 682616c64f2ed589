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
import io.mambapkd.train.RunListener;

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

    /** Logits (n, K) on a whole set. */
    public float[] logits(Classifier model, ImageSet images) {
        float[] logits = new float[images.size() * images.classes()];
        run(model, images.size(), (samples, rows, target) -> gather.images(images, samples, 0, rows, target), logits);
        return logits;
    }

    /** The mean of the logits (n, K) on {@link Views} of each image. */
    public float[] logits(Classifier model, ImageSet images, int views) {
        float[] mean = new float[images.size() * images.classes()];
        float[] logits = new float[mean.length];
        for (Views.View view : Views.of(views)) {
            run(
                    model,
                    images.size(),
                    (samples, rows, target) ->
                            gather.images(images, sample -> view.placement(), samples, 0, rows, target),
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
     * @param target (n, K), overwritten
     */
    public void logits(Classifier model, AugmentedCopies images, int copy, float[] target) {
        int[] copies = new int[model.logits().shape().extent(0)];
        java.util.Arrays.fill(copies, copy);
        run(
                model,
                images.images(),
                (samples, rows, out) -> gather.images(images, copies, samples, 0, rows, out),
                target);
    }

    private void run(Classifier model, int count, Source source, float[] target) {
        try (Replay forward = backend.replay(() -> model.forward(Mode.INFERENCE))) {
            run(model, forward, count, source, target);
        }
    }

    private void run(Classifier model, Replay forward, int count, Source source, float[] target) {
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
            forward.run();
            backend.download(model.logits(), logits, 0);
            System.arraycopy(logits, 0, target, first * classes, rows * classes);
        }
    }
}
