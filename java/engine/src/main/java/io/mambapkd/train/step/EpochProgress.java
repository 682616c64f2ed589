package io.mambapkd.train.step;

import io.mambapkd.train.RunListener;

/** Means over the steps of an epoch, told to the listener after each. */
public final class EpochProgress {
    private final RunListener listener;
    private final String stage;
    private final long totalSteps;
    private final int batch;
    private final long start = System.nanoTime();
    private int steps;
    private double lossSum;
    private double correct;

    public EpochProgress(RunListener listener, String stage, long totalSteps, int batch) {
        this.listener = listener;
        this.stage = stage;
        this.totalSteps = totalSteps;
        this.batch = batch;
    }

    public void add(StepResults results, int i) {
        steps++;
        lossSum += results.loss(i);
        correct += results.correct(i);
        listener.progress(
                stage, results.step(i) + 1, totalSteps, loss(), accuracy(), (double) steps * batch / seconds());
    }

    /** Steps seen. */
    int steps() {
        return steps;
    }

    double loss() {
        return lossSum / steps;
    }

    double accuracy() {
        return correct / ((double) steps * batch);
    }

    /** Since the epoch began. */
    double seconds() {
        return Math.max(1e-9, (System.nanoTime() - start) / 1e9);
    }
}
