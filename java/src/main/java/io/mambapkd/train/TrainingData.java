package io.mambapkd.train;

/** Where batches come from. What a batch holds is a pure function of (epoch, step). */
interface TrainingData {
    /** What a batch has beside images and labels. */
    enum Extra {
        TEACHER,
        ENSEMBLE,
        WEIGHTS
    }

    /** Number of samples of an epoch. */
    int samples();

    boolean has(Extra extra);

    /**
     * Fills a whole batch.
     *
     * @param epoch from 0
     * @param step within the epoch, from 0
     */
    void fill(int epoch, int step, HostBatch batch);

    /** Full batches of an epoch; the samples left over are others every epoch. A set smaller than a batch is repeated to fill one. */
    default int stepsPerEpoch(int batch) {
        return Math.max(1, samples() / batch);
    }
}
