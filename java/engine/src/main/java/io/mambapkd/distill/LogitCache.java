package io.mambapkd.distill;

import java.util.Arrays;

/**
 * Logits of a frozen model on every cached copy of every training image, indexed by (copy, sample id), never by batch order.
 *
 * <p>Layout: (copies, samples, K), row-major.
 */
public final class LogitCache {
    private final int samples;
    private final int classes;
    private final float[][] copies;

    /** All zero. */
    public LogitCache(int copies, int samples, int classes) {
        this.samples = samples;
        this.classes = classes;
        this.copies = new float[copies][Math.multiplyExact(samples, classes)];
    }

    public int copies() {
        return copies.length;
    }

    public int samples() {
        return samples;
    }

    public int classes() {
        return classes;
    }

    /** Sets all logits to zero. */
    public void clear() {
        for (float[] logits : copies) {
            Arrays.fill(logits, 0f);
        }
    }

    /** The logits of one copy (samples, K); the caller may fill it. */
    public float[] copy(int copy) {
        return copies[copy];
    }

    /** Copies the K logits of one sample to {@code target[at..]}. */
    public void read(int copy, int sample, float[] target, int at) {
        System.arraycopy(copies[copy], sample * classes, target, at, classes);
    }

    /** {@code this = keep * this + weight * student}, for one copy: the group after the student has joined. */
    public void join(int copy, double keep, double weight, float[] student) {
        float[] group = copies[copy];
        for (int i = 0; i < group.length; i++) {
            group[i] = (float) (keep * group[i] + weight * student[i]);
        }
    }
}
