package io.mambapkd.bench.job;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.RunListener;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Times the stages of a job from outside, as they end: what there is of a job that does not come to its end. */
final class JobStages implements RunListener {
    static final String COPIES = "copies and the teacher's logits";
    static final String STUDENT = "student ";

    /** What a run calls the stage that makes the copies. */
    private static final String CACHING = "caching";

    private final RunListener next;
    private final LongSupplier clock;
    private final Consumer<JobStages> stageEnded;
    private final List<JobResult.Stage> ended = new ArrayList<>();
    private final long start;
    private String running = "";
    private long runningSince;

    /**
     * @param next hears everything too
     * @param clock nanoseconds
     * @param stageEnded called after each stage but the last
     */
    JobStages(RunListener next, LongSupplier clock, Consumer<JobStages> stageEnded) {
        this.next = next;
        this.clock = clock;
        this.stageEnded = stageEnded;
        start = clock.getAsLong();
        runningSince = start;
    }

    /** Those that have ended. */
    List<JobResult.Stage> ended() {
        return List.copyOf(ended);
    }

    /** Name of the one that goes on; empty before the first. */
    String running() {
        return running;
    }

    /** Of all, up to now. */
    double seconds() {
        return (clock.getAsLong() - start) / 1e9;
    }

    @Override
    public void stageStarted(String stage) {
        long now = clock.getAsLong();
        if (!running.isEmpty()) {
            ended.add(new JobResult.Stage(running, (now - runningSince) / 1e9, 0));
            stageEnded.accept(this);
        }
        running = switch (stage) {
            case "teacher", "evaluation" -> stage;
            case CACHING -> COPIES;
            default -> STUDENT + stage;
        };
        runningSince = clock.getAsLong();
        next.stageStarted(stage);
    }

    @Override
    public void progress(String stage, long done, long total, double loss, double accuracy, double imagesPerSecond) {
        next.progress(stage, done, total, loss, accuracy, imagesPerSecond);
    }

    @Override
    public void epochFinished(EpochRecord epoch) {
        next.epochFinished(epoch);
    }

    @Override
    public void note(String sentence) {
        next.note(sentence);
    }

    @Override
    public boolean stopRequested() {
        return next.stopRequested();
    }
}
