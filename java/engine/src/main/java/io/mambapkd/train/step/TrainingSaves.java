package io.mambapkd.train.step;

import java.util.Optional;

/** Keeps the states of a training, so that another process can go on with it. Called from the thread that trains. */
public interface TrainingSaves {
    /** The state that one of the trainings to come goes on from; empty where all of them begin. */
    Optional<TrainingState> begun();

    /** Whether it is time for {@link #save}. */
    boolean due();

    /** Keeps a state, and does not wait until that is done. */
    void save(TrainingState state);

    /**
     * Keeps a state before it returns.
     *
     * @throws io.mambapkd.InputException if that is impossible
     */
    void saveNow(TrainingState state);

    /** Forgets all states: what they lead to is kept elsewhere. */
    void stageFinished();

    /** Keeps nothing. */
    TrainingSaves NONE = new TrainingSaves() {
        @Override
        public Optional<TrainingState> begun() {
            return Optional.empty();
        }

        @Override
        public boolean due() {
            return false;
        }

        @Override
        public void save(TrainingState state) {
            throw new IllegalStateException("a state was saved before it was due");
        }

        @Override
        public void saveNow(TrainingState state) {
            // Whoever keeps nothing trains anew.
        }

        @Override
        public void stageFinished() {
            // Nothing was kept.
        }
    };
}
