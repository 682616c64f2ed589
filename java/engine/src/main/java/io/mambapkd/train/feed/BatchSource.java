package io.mambapkd.train.feed;

/** Fills the inputs of a training step. What a batch holds is a function of the step alone. For one training. */
public interface BatchSource extends AutoCloseable {
    /** Full batches of an epoch; the samples left over are others every epoch. */
    int stepsPerEpoch();

    boolean has(TrainingData.Extra extra);

    /** Number of steps that may be launched together: one, unless nothing has to come from the host for each. */
    int stepsPerLaunch();

    /**
     * Called once, before everything else.
     *
     * @param firstStep that is trained: 0, or more for a training that goes on
     * @param totalSteps of the training
     */
    void bind(BatchInputs inputs, long firstStep, long totalSteps);

    /** The host's part, before a step is launched. Any step may follow any other; consecutive ones are fastest. */
    void prepare(long step);

    /** The device's part: a piece of the step that is recorded and replayed. */
    void gather();

    @Override
    void close();
}
