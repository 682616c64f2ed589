package io.mambapkd.train.run;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.MetricsLine;
import io.mambapkd.storage.LineLog;
import io.mambapkd.train.RunListener;
import java.util.ArrayList;
import java.util.List;

/** Puts every epoch into metrics.jsonl and keeps it for the report, on its way to the listener of the run. */
final class EpochLog implements RunListener, AutoCloseable {
    private final LineLog file;
    private final RunListener next;
    private final List<EpochRecord> epochs = new ArrayList<>();

    EpochLog(LineLog file, RunListener next) {
        this.file = file;
        this.next = next;
    }

    List<EpochRecord> epochs() {
        return List.copyOf(epochs);
    }

    @Override
    public void epochFinished(EpochRecord epoch) {
        file.append(MetricsLine.write(epoch));
        epochs.add(epoch);
        next.epochFinished(epoch);
    }

    @Override
    public void stageStarted(String stage) {
        next.stageStarted(stage);
    }

    @Override
    public void progress(String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {
        next.progress(stage, done, total, loss, accuracy, imagesPerSecond);
    }

    @Override
    public void note(String sentence) {
        next.note(sentence);
    }

    @Override
    public boolean stopRequested() {
        return next.stopRequested();
    }

    @Override
    public void close() {
        file.close();
    }
}
