package io.mambapkd.train.run;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.MetricsLine;
import io.mambapkd.storage.LineLog;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.step.Trainer;
import io.mambapkd.train.step.TrainingState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;

/**
 * Puts every epoch into metrics.jsonl and keeps it for the report, on its way to the listener of the run. In a run that goes on it begins with the epochs of the stages
 * that are finished.
 */
final class EpochLog implements RunListener, AutoCloseable {
    private final LineLog file;
    private final RunListener next;
    private final List<EpochRecord> epochs = new ArrayList<>();

    private double takenSeconds;

    private EpochLog(LineLog file, List<EpochRecord> before, RunListener next) {
        this.file = file;
        this.epochs.addAll(before);
        this.next = next;
    }

    /**
     * Opens the log of a run.
     *
     * @param finished which stages are not trained again; the lines of others go to metrics.dropped.jsonl, but for those of the epochs that a save goes on from
     */
    static EpochLog open(RunContext context, Predicate<String> finished) {
        List<EpochRecord> saved =
                context.saves().begun().map(TrainingState::epochs).orElse(List.of());
        List<EpochRecord> before = new MetricsHistory(context.folder()).keep(finished, saved);
        return new EpochLog(LineLog.open(context.folder().metrics()), before, context.listener());
    }

    /**
     * What a stage came to that was finished before.
     *
     * @param validationAccuracy computes it where metrics.jsonl does not have the stage; the rest is 0 then
     */
    Trainer.Result finished(String stage, DoubleSupplier validationAccuracy) {
        Trainer.Result result = result(epochs, stage, validationAccuracy);
        takenSeconds += result.seconds();
        return result;
    }

    /** Seconds that all of these had taken. */
    double takenSeconds() {
        return takenSeconds;
    }

    /** The same from epochs. */
    static Trainer.Result result(List<EpochRecord> epochs, String stage, DoubleSupplier validationAccuracy) {
        List<EpochRecord> own =
                epochs.stream().filter(epoch -> epoch.stage().equals(stage)).toList();
        if (own.isEmpty()) {
            return new Trainer.Result(validationAccuracy.getAsDouble(), Double.NaN, 0, 0);
        }
        return Trainer.Result.of(own);
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
