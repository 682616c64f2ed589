package io.mambapkd.bench.peers;

import io.mambapkd.bench.step.StepBenchmark;
import io.mambapkd.bench.step.StepTimer;

/** A training step in blocks of launches, as many ahead as in a training. */
final class StepTask implements OurTask, AutoCloseable {
    /** The first is done as it is, the second captured. */
    private static final int WARM_UP = 2;

    private final StepBenchmark step;
    private final StepTimer timer;

    /** Takes the step over: closes it. */
    StepTask(StepBenchmark step, StepTimer timer) {
        this.step = step;
        this.timer = timer;
        for (int i = 0; i < WARM_UP; i++) {
            step.launch();
            step.await();
        }
    }

    /** Most steps that so many blocks launch. */
    static int steps(StepTimer timer, int blocks) {
        return StepBenchmark.MOST_STEPS_PER_LAUNCH * (WARM_UP + blocks * timer.launches());
    }

    int batch() {
        return step.batch();
    }

    @Override
    public double block() {
        return timer.ahead(step) / ((double) step.stepsPerLaunch() * timer.launches());
    }

    @Override
    public void close() {
        step.close();
    }
}
