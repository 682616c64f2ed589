package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.data.Dataset;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.ListedWork;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.TrainingSaves;
import io.mambapkd.train.step.TrainingState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A distillation of a few steps on the emulated driver that saves its state before each launch, waiting for the save before, so that its calls are always the same. */
final class FailingRun {
    /**
     * A call of the driver, of cuBLAS or of cuDNN.
     *
     * @param number among all calls of the run, from 1
     * @param stage of the run
     * @param name of the entry point
     */
    record Call(int number, String stage, String name) {}

    /** A state that was handed over to be saved, after so many calls. */
    record Saved(int calls, TrainingState state) {}

    private final RunSpec spec;
    private final Dataset data;
    private final UnaryOperator<Backend> placing;

    private final List<Call> calls = new ArrayList<>();
    private final List<Saved> saved = new ArrayList<>();
    private String stage = "";

    /** @param placing the backend that the run sees */
    FailingRun(RunSpec spec, Dataset data, UnaryOperator<Backend> placing) {
        this.spec = spec;
        this.data = data;
        this.placing = placing;
    }

    /** Begins a run, or goes on with it. */
    void run(Path folder) {
        run(folder, new SmallRun(), saves -> new Steady(saves, false));
    }

    /** Begins a run that is asked to stop after some steps. */
    void stop(Path folder, int steps) {
        run(folder, new SmallRun().stoppingAfter(steps), saves -> new Steady(saves, false));
    }

    /** Begins a run and keeps which calls it makes and which states it saves. */
    void list(Path folder) {
        list(folder, new SmallRun());
    }

    /** The same of a run that is asked to stop after some steps. */
    void listStopped(Path folder, int steps) {
        assertThatThrownBy(() -> list(folder, new SmallRun().stoppingAfter(steps)))
                .isInstanceOf(RunStopped.class);
    }

    private void list(Path folder, SmallRun run) {
        calls.clear();
        saved.clear();
        stage = "opening";
        ListedWork.start(ListedWork.Mode.CALLS_LISTED);
        try {
            run(folder, run.tellingStages(this::enter), saves -> new Steady(saves, true));
        } finally {
            enter("");
            ListedWork.start(ListedWork.Mode.NOT_LISTED);
        }
    }

    private void run(Path folder, SmallRun run, UnaryOperator<TrainingSaves> saves) {
        run.savingThrough(saves)
                .savedRun(
                        spec,
                        data,
                        folder,
                        placing.apply(EmulatedDriver.openPacked(Steps.GRAPH)),
                        Extent.GROUP,
                        Duration.ZERO);
    }

    /** The calls until now belong to the stage before. */
    private void enter(String next) {
        for (String name : ListedWork.takeCalls()) {
            calls.add(new Call(calls.size() + 1, stage, name));
        }
        stage = next;
    }

    List<Call> calls() {
        return List.copyOf(calls);
    }

    List<Saved> saved() {
        return List.copyOf(saved);
    }

    /** Saves before every launch: each waits for the one before. */
    private final class Steady implements TrainingSaves {
        private final TrainingSaves saves;
        private final boolean listing;
        private String training = "";

        Steady(TrainingSaves saves, boolean listing) {
            this.saves = saves;
            this.listing = listing;
        }

        @Override
        public boolean due() {
            while (!saves.due()) {
                Thread.onSpinWait();
            }
            if (listing) {
                training = stage;
                enter("save of " + training);
            }
            return true;
        }

        @Override
        public void save(TrainingState state) {
            if (listing) {
                enter(training);
                saved.add(new Saved(calls.size(), state));
            }
            saves.save(state);
        }

        @Override
        public Optional<TrainingState> begun() {
            return saves.begun();
        }

        @Override
        public void saveNow(TrainingState state) {
            saves.saveNow(state);
        }

        @Override
        public void stageFinished() {
            saves.stageFinished();
        }
    }
}
