package io.mambapkd.train.feed;

/** One batch on the host, filled by {@link TrainingData} on its way to the device. */
public final class HostBatch {
    /** Normalised images (B, H, W, C). */
    public final float[] images;
    /** Labels (B). */
    public final int[] labels;
    /** Teacher's logits (B, K); untouched where the data has no teacher. */
    public final float[] teacher;
    /** Frozen group's logits (B, K); untouched where there is no group yet. */
    final float[] ensemble;
    /** Sample weights (B); untouched where all are 1. */
    public final float[] weights;

    HostBatch(int batch, int imageElements, int classes) {
        images = new float[batch * imageElements];
        labels = new int[batch];
        teacher = new float[batch * classes];
        ensemble = new float[batch * classes];
        weights = new float[batch];
    }

    int size() {
        return labels.length;
    }
}
