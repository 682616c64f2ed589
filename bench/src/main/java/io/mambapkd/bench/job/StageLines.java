package io.mambapkd.bench.job;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.RunListener;
import java.io.PrintWriter;
import java.util.Locale;

/** One line for each stage and epoch of a run, so that a job of minutes shows where it is and takes no time for it. */
final class StageLines implements RunListener {
    private final PrintWriter err;

    StageLines(PrintWriter err) {
        this.err = err;
    }

    @Override
    public void stageStarted(String stage) {
        err.println(stage);
    }

    @Override
    public void progress(String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {
        // Between epochs there is nothing to say.
    }

    @Override
    public void epochFinished(EpochRecord epoch) {
        err.printf(
                Locale.ROOT,
                "  epoch %d: %.2f %% on the validation images%n",
                epoch.epoch(),
                100 * epoch.validationAccuracy());
    }

    @Override
    public void note(String sentence) {
        err.println(sentence);
    }

    @Override
    public boolean stopRequested() {
        return false;
    }
}
