package io.mambapkd.cli;

import io.mambapkd.report.EpochRecord;
import io.mambapkd.train.RunListener;
import java.io.PrintWriter;
import java.util.Locale;

/** A run's events on the terminal, and Ctrl-C for the run. */
final class ProgressListener implements RunListener {
    private final PrintWriter err;
    private final StopSignal stop;

    ProgressListener(PrintWriter err, StopSignal stop) {
        this.err = err;
        this.stop = stop;
    }

    @Override
    public void stageStarted(String stage) {
        err.println(stage);
    }

    @Override
    public void progress(String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {}

    @Override
    public void epochFinished(EpochRecord epoch) {
        err.println(String.format(
                Locale.ROOT,
                "%s epoch %d/%d loss %.4f accuracy %.2f %%",
                epoch.stage(),
                epoch.epoch(),
                epoch.epochs(),
                epoch.loss(),
                100 * epoch.validationAccuracy()));
    }

    @Override
    public void note(String sentence) {
        err.println(sentence);
    }

    @Override
    public boolean stopRequested() {
        return stop.requested();
    }

    /** The run has ended; other output may follow. */
    void end() {}
}
