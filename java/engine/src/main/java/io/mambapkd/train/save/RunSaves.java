package io.mambapkd.train.save;

import io.mambapkd.InputException;
import io.mambapkd.results.CheckpointState;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.storage.SaveFolder;
import io.mambapkd.train.identity.ModelFiles;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.step.TrainingSaves;
import io.mambapkd.train.step.TrainingState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The saves of a run: one at the beginning of each stage, then one every interval, written beside the training and at most one at a time. They go when the checkpoint of their stage
 * is finished.
 *
 * <p>A save that cannot be written is told, once until one can be; the training goes on, and the save before it is kept.
 */
public final class RunSaves implements TrainingSaves, AutoCloseable {
    /** Time between two saves where nothing else is asked for. */
    public static final Duration INTERVAL = Duration.ofSeconds(60);

    private final RunFolder run;
    private final RunParts parts;
    private final Duration interval;
    private final Consumer<String> notes;
    private final SaveFolder folder;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread worker = new Thread(task, "mamba-pkd-saves");
        worker.setDaemon(true);
        return worker;
    });

    private @Nullable TrainingState begun;
    private @Nullable CheckpointState stage;
    private @Nullable Future<?> pending;
    private long last;
    private boolean first;
    private boolean failing;

    private RunSaves(RunFolder run, RunParts parts, Duration interval, Consumer<String> notes, SaveFolder folder) {
        this.run = run;
        this.parts = parts;
        this.interval = interval;
        this.notes = notes;
        this.folder = folder;
    }

    /**
     * Looks for the save to go on from, in the folder of a run that belongs to this process.
     *
     * @param folder where the saves are
     * @param finished whether the checkpoint of a stage is there
     * @param notes hears, in sentences, which save is used and what is wrong with others
     * @throws InputException if the newest save is of another run, of other checkpoints, or of a later version of the program
     */
    public static RunSaves open(
            SaveFolder folder,
            RunFolder run,
            RunParts parts,
            Predicate<String> finished,
            Duration interval,
            Consumer<String> notes) {
        RunSaves saves = new RunSaves(run, parts, interval, notes, folder);
        SaveFile save = new NewestSave(run, parts, finished, notes).in(folder);
        if (save != null) {
            saves.goOnFrom(save);
        }
        saves.first = save == null;
        return saves;
    }

    private void goOnFrom(SaveFile save) {
        begun = save.state(run.saves().toString());
        last = System.nanoTime();
        notes.accept("going on with " + begun.stage() + " at step " + begun.step() + " of " + begun.steps());
    }

    @Override
    public Optional<TrainingState> begun() {
        return Optional.ofNullable(begun);
    }

    @Override
    public boolean due() {
        return (pending == null || pending.isDone()) && (first || System.nanoTime() - last >= interval.toNanos());
    }

    @Override
    public void save(TrainingState state) {
        tellFailure();
        last = System.nanoTime();
        first = false;
        SaveFile save = file(state);
        pending = thread.submit(() -> folder.write(save.content()));
    }

    @Override
    public void saveNow(TrainingState state) {
        tellFailure();
        folder.write(file(state).content());
    }

    private SaveFile file(TrainingState state) {
        if (stage == null) {
            stage = parts.identity().state(state.stage(), 0, ModelFiles.finished(run, parts.identity()), "");
            begun = null;
        }
        return SaveFile.of(stage, state);
    }

    /** Waits for the save that is written, and tells if it was not. */
    private void tellFailure() {
        Future<?> save = pending;
        if (save == null) {
            return;
        }
        pending = null;
        InputException failure = failureOf(save);
        if (failure != null && !failing) {
            notes.accept("the state of the training could not be saved: "
                    + failure.problem().sentence() + "; the training goes on, and the save before this one is kept");
        }
        failing = failure != null;
    }

    private static @Nullable InputException failureOf(Future<?> save) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    save.get();
                    return null;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof InputException failure) {
                        return failure;
                    }
                    throw new IllegalStateException("a save could not be written", e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void stageFinished() {
        tellFailure();
        folder.clear();
        begun = null;
        stage = null;
        first = true;
    }

    /** Waits for the save that is written. */
    @Override
    public void close() {
        try {
            tellFailure();
        } finally {
            thread.shutdown();
        }
    }
}
