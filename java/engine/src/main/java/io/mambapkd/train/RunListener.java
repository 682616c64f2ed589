package io.mambapkd.train;

import io.mambapkd.results.EpochRecord;

/** Hears what a run does, as it does it. Called from the thread that trains. */
public interface RunListener {
    /** A stage begins, such as {@code teacher}, {@code caching}, a student's name, {@code evaluation}. */
    void stageStarted(String stage);

    /**
     * Part of an epoch is done.
     *
     * @param done steps of the whole stage done
     * @param total steps of the whole stage
     * @param loss mean of the last steps, or NaN
     * @param accuracy mean of the last steps, or NaN
     * @param imagesPerSecond of the last steps
     */
    void progress(String stage, long done, long total, double loss, double accuracy, double imagesPerSecond);

    /** An epoch has ended and was evaluated on the validation images. */
    void epochFinished(EpochRecord epoch);

    /** A sentence for the user. */
    void note(String sentence);

    /** True once the user has asked to stop; the run then ends with {@link RunStopped} at the next step. May be called from any thread. */
    boolean stopRequested();

    /**
     * To be called about once a second, and more often where that costs nothing.
     *
     * @param work in progress, as in {@code training teacher}
     * @throws RunStopped if the user has asked to stop
     */
    default void stopIfAsked(String work) {
        if (stopRequested()) {
            throw new RunStopped("stopped while " + work);
        }
    }
}
