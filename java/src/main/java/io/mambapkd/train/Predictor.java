package io.mambapkd.train;

import io.mambapkd.data.ImageSet;
import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Mode;
import io.mambapkd.ops.Backend;

/** Logits of a model on many images, a batch at a time. */
final class Predictor {
    private final Backend backend;
    private final Normalisation normalisation;
    private final RunListener listener;

    Predictor(Backend backend, Normalisation normalisation, RunListener listener) {
        this.backend = backend;
        this.normalisation = normalisation;
        this.listener = listener;
    }

    /** Logits (n, K) on a whole set. */
    float[] logits(Classifier model, ImageSet images) {
        float[] logits = new float[images.size() * model.logits().shape().last()];
        logits(model, images.pixels(), images.size(), logits);
        return logits;
    }

    /**
     * @param pixels (n, H, W, C) unsigned bytes
     * @param target (n, K), overwritten
     * @throws RunStopped if the user asks to stop
     */
    void logits(Classifier model, byte[] pixels, int count, float[] target) {
        int batch = model.logits().shape().extent(0);
        int classes = model.logits().shape().last();
        int elements = Math.toIntExact(model.images().shape().elements() / batch);
        float[] host = new float[batch * elements];
        float[] rows = new float[batch * classes];
        for (int first = 0; first < count; first += batch) {
            if (listener.stopRequested()) {
                throw new RunStopped("stopped while evaluating " + model.name());
            }
            // The rows past the end of the last batch keep older images: valid input, answers not read.
            int valid = Math.min(batch, count - first);
            normalisation.apply(pixels, first * elements, valid * elements, host, 0);
            backend.upload(host, model.images());
            model.forward(Mode.INFERENCE);
            backend.download(model.logits(), rows, 0);
            System.arraycopy(rows, 0, target, first * classes, valid * classes);
        }
    }
}
