package io.mambapkd.bench.step;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.RunListener;

/** Hears everything and says nothing. */
enum Quiet implements RunListener {
    LISTENER;

    @Override
    public void stageStarted(String stage) {}

    @Override
    public void progress(String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {}

    @Override
    public void epochFinished(EpochRecord epoch) {}

    @Override
    public void note(String sentence) {}

    @Override
    public boolean stopRequested() {
        return false;
    }
}
