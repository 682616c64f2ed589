package io.mambapkd.train.step;

import io.mambapkd.ops.DistillationLossOps;

/** What some consecutive training steps came to. Reused. */
public final class StepResults {
    /** Values of a step in the journal: the statistics of the loss, then the gradient's norm. */
    public static final int COLUMNS = DistillationLossOps.STATISTICS + 1;

    private static final int LOSS = 0;
    private static final int CORRECT = 3;
    private static final int NORM = DistillationLossOps.STATISTICS;

    /** Rows of the journal; step s is in row s % slots. */
    final float[] journal;

    private final int slots;
    private long first;
    private int count;

    public StepResults(int slots) {
        this.slots = slots;
        this.journal = new float[slots * COLUMNS];
    }

    /** Says which steps the journal now holds. */
    void are(long firstStep, int steps) {
        first = firstStep;
        count = steps;
    }

    public int count() {
        return count;
    }

    /** Number of the i-th of these steps. */
    long step(int i) {
        return first + i;
    }

    /** Mean loss of the batch. */
    public float loss(int i) {
        return value(i, LOSS);
    }

    /** Number of right answers. */
    float correct(int i) {
        return value(i, CORRECT);
    }

    /** Euclidean norm of the gradient, before clipping. */
    float norm(int i) {
        return value(i, NORM);
    }

    private float value(int i, int column) {
        return journal[(int) ((first + i) % slots) * COLUMNS + column];
    }
}
