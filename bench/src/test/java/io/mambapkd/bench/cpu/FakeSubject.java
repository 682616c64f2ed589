package io.mambapkd.bench.cpu;

import java.util.function.IntToDoubleFunction;

/** A subject with a given loss after every step. */
class FakeSubject implements StepSubject {
    private final String name;
    private final float[] logits;
    private final IntToDoubleFunction lossOfStep;
    protected int steps;

    /** @param lossOfStep counted from 1 */
    FakeSubject(String name, float[] logits, IntToDoubleFunction lossOfStep) {
        this.name = name;
        this.logits = logits;
        this.lossOfStep = lossOfStep;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void step() {
        steps++;
    }

    /** Of the gradient of every step. */
    double norm() {
        return 3;
    }

    @Override
    public double stepWithNorm() {
        step();
        return norm();
    }

    @Override
    public float[] logits() {
        return logits;
    }

    @Override
    public double loss() {
        return lossOfStep.applyAsDouble(steps);
    }

    @Override
    public void close() {}
}
