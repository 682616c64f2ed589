package io.mambapkd.train.feed;

/** What the host gathers batches from. What a batch holds is a pure function of the step. */
public interface TrainingData {
    /** What a batch has beside images and labels. */
    enum Extra {
        TEACHER,
        ENSEMBLE,
        WEIGHTS
    }

    /** Full batches of an epoch; the samples left over are others every epoch. */
    int stepsPerEpoch();

    boolean has(Extra extra);

    /**
     * Fills a whole batch.
     *
     * @param step of the stage, from 0
     */
    void fill(long step, HostBatch batch);
}
