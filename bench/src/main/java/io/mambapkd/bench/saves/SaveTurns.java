package io.mambapkd.bench.saves;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.step.TrainingSaves;
import io.mambapkd.train.step.TrainingState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Times the steps of one training in blocks, with saves and without in turns: with, without, without, with, and so on, so that a machine that slows down slows both. It asks the
 * training to stop after the last block. What a training does between epochs is not counted.
 */
final class SaveTurns implements TrainingSaves, RunListener {
    /**
     * How long it goes on.
     *
     * @param warmupNanos before the first block
     * @param blockNanos shortest length of a block
     * @param pairs of blocks, one with saves and one without
     */
    record Length(long warmupNanos, long blockNanos, int pairs) {}

    private final TrainingSaves saves;
    private final Consumer<String> notes;
    private final Length length;
    private final LongSupplier clock;
    private final List<Double> with = new ArrayList<>();
    private final List<Double> without = new ArrayList<>();
    private int written;
    /** Steps of the training that the listener has heard of. */
    private long done;

    private boolean warm;
    /** Whether the time since {@link #mark} counts. */
    private boolean counting;

    private long mark;
    private long markedSteps;
    private long nanos;
    private long steps;

    /**
     * @param saves what is measured
     * @param notes hears what the training has to say
     * @param clock nanoseconds
     */
    SaveTurns(TrainingSaves saves, Consumer<String> notes, Length length, LongSupplier clock) {
        this.saves = saves;
        this.notes = notes;
        this.length = length;
        this.clock = clock;
    }

    /** Microseconds of a step, one for each block with saves. */
    List<Double> with() {
        return List.copyOf(with);
    }

    /** The same without; its blocks are the pairs of the others by their places. */
    List<Double> without() {
        return List.copyOf(without);
    }

    /** Saves that were begun in the blocks. */
    int written() {
        return written;
    }

    /** Called before each launch of steps. */
    @Override
    public boolean due() {
        long now = clock.getAsLong();
        if (counting) {
            nanos += now - mark;
            steps += done - markedSteps;
        }
        counting = true;
        mark = now;
        markedSteps = done;
        if (!warm && nanos >= length.warmupNanos() && steps > 0) {
            warm = true;
            begin();
        } else if (warm && nanos >= length.blockNanos() && steps > 0) {
            (saving() ? with : without).add(nanos / 1e3 / steps);
            begin();
        }
        return (!warm || saving()) && !stopRequested() && saves.due();
    }

    private void begin() {
        nanos = 0;
        steps = 0;
    }

    private boolean saving() {
        return with.size() < without.size() || (with.size() == without.size() && with.size() % 2 == 0);
    }

    @Override
    public void save(TrainingState state) {
        if (warm) {
            written++;
        }
        saves.save(state);
    }

    @Override
    public Optional<TrainingState> begun() {
        return saves.begun();
    }

    /** The state is not kept: nobody goes on with a training that was measured. */
    @Override
    public void saveNow(TrainingState state) {
        // See above.
    }

    @Override
    public void stageFinished() {
        saves.stageFinished();
    }

    @Override
    public void stageStarted(String stage) {
        // It is always the teacher's.
    }

    @Override
    public void progress(
            String stage, long stepsDone, long total, double loss, double accuracy, double imagesPerSecond) {
        done = stepsDone;
    }

    @Override
    public void epochFinished(EpochRecord epoch) {
        counting = false;
    }

    @Override
    public void note(String sentence) {
        notes.accept(sentence);
    }

    @Override
    public boolean stopRequested() {
        return without.size() == length.pairs() && with.size() == length.pairs();
    }
}
