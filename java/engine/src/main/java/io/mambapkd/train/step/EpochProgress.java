package io.mambapkd.train.step;

import io.mambapkd.train.RunListener;

/** Means over the steps of an epoch, told to the listener after each. */
public final class EpochProgress {
    private final RunListener listener;
    private final String stage;
    private final long totalSteps;
    private final int batch;
    private final long start = System.nanoTime();
    private double earlierSeconds;
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

    /** Begins with what another process has seen of the epoch. */
    void goOn(int stepsSeen, double lossSumOfThem, double correctOfThem, double secondsOfThem) {
        steps = stepsSeen;
        lossSum = lossSumOfThem;
        correct = correctOfThem;
        earlierSeconds = secondsOfThem;
    }

    /** Steps seen. */
    int steps() {
        return steps;
    }

    double lossSum() {
        return lossSum;
    }

    double correct() {
        return correct;
    }

    double loss() {
        return lossSum / steps;
    }

    double accuracy() {
        return correct / ((double) steps * batch);
    }

    /** Since the epoch began. */
    double seconds() {
        return earlierSeconds + Math.max(1e-9, (System.nanoTime() - start) / 1e9);
    }
}
