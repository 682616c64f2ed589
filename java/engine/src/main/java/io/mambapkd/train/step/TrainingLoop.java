package io.mambapkd.train.step;

import io.mambapkd.InputException;
import io.mambapkd.model.Classifier;
import io.mambapkd.ops.Backend;
import io.mambapkd.optim.LearningRateSchedule;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.RunStopped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** The epochs of one training, from its first step or from a state that was saved. */
final class TrainingLoop {
    /** Images that the statistics of a model's batch norms are taken from, where an epoch has as many. */
    private static final int STATISTICS_IMAGES = 10_000;

    /**
     * How long a training is.
     *
     * @param epochs the last may be a part of one
     * @param batch images of a step
     */
    record Extent(int steps, int stepsPerEpoch, int epochs, int batch) {
        int steps(int epoch) {
            return Math.min(stepsPerEpoch, steps - epoch * stepsPerEpoch);
        }
    }

    private final Backend backend;
    private final Classifier model;
    private final Trainer.Plan plan;
    private final Extent extent;
    private final TrainStep step;
    private final LearningRateSchedule schedule;
    private final RunListener listener;
    private final TrainingSaves saves;
    private final StepResults results;
    private final List<EpochRecord> epochs = new ArrayList<>();
    private EpochProgress progress;

    /** @param begun what {@code step} goes on from; null for the beginning */
    TrainingLoop(
            Backend backend,
            Classifier model,
            Trainer.Plan plan,
            Extent extent,
            TrainStep step,
            LearningRateSchedule schedule,
            RunListener listener,
            TrainingSaves saves,
            @Nullable TrainingState begun) {
        this.backend = backend;
        this.model = model;
        this.plan = plan;
        this.extent = extent;
        this.step = step;
        this.schedule = schedule;
        this.listener = listener;
        this.saves = saves;
        this.results = new StepResults(step.stepsPerLaunch());
        this.progress = progress();
        if (begun != null) {
            restore(begun);
        }
    }

    private EpochProgress progress() {
        return new EpochProgress(listener, plan.stage(), extent.steps(), extent.batch());
    }

    private void restore(TrainingState begun) {
        Map<String, Tensor> tensors = step.state();
        if (!tensors.keySet().equals(begun.tensors().keySet())) {
            throw new IllegalStateException(
                    "a state of " + begun.tensors().keySet() + " was restored into one of " + tensors.keySet());
        }
        begun.tensors().forEach((name, values) -> backend.upload(values, tensors.get(name)));
        epochs.addAll(begun.epochs());
        int steps = (int) (begun.step() - (long) epochs.size() * extent.stepsPerEpoch());
        progress.goOn(steps, begun.lossSum(), begun.correct(), begun.seconds());
    }

    /**
     * Trains to the end.
     *
     * @param validate evaluates the model on the validation images
     * @throws RunStopped if the user asks to stop; the state is saved then
     */
    Trainer.Result run(DoubleSupplier validate) {
        try {
            while (epochs.size() < extent.epochs()) {
                int epoch = epochs.size();
                train(extent.steps(epoch));
                if (epoch == extent.epochs() - 1) {
                    recomputeStatistics(epoch);
                }
                double seconds = progress.seconds();
                end(epoch, validate.getAsDouble(), seconds);
            }
        } catch (RunStopped stop) {
            readAll();
            saves.saveNow(state());
            throw stop;
        }
        return Trainer.Result.of(epochs);
    }

    private void train(int epochSteps) {
        int launched = progress.steps();
        while (progress.steps() < epochSteps) {
            if (launched < epochSteps && step.hasRoom()) {
                listener.stopIfAsked("training " + plan.stage());
                saveIfDue();
                int steps = Math.min(step.stepsPerLaunch(), epochSteps - launched);
                step.launch(steps);
                launched += steps;
            } else {
                read();
            }
        }
    }

    private void end(int epoch, double accuracy, double trainingSeconds) {
        int steps = extent.steps(epoch);
        EpochRecord record = new EpochRecord(
                plan.stage(),
                epoch + 1,
                extent.epochs(),
                progress.loss(),
                progress.accuracy(),
                accuracy,
                schedule.at((long) epoch * extent.stepsPerEpoch() + steps - 1),
                (double) steps * extent.batch() / trainingSeconds,
                progress.seconds());
        listener.epochFinished(record);
        epochs.add(record);
        progress = progress();
    }

    private void read() {
        step.read(results);
        for (int i = 0; i < results.count(); i++) {
            requireFinite(i);
            progress.add(results, i);
        }
    }

    /** Waits for the steps that were launched. */
    private void readAll() {
        while (step.isAhead()) {
            read();
        }
    }

    private void saveIfDue() {
        if (saves.due()) {
            readAll();
            saves.save(state());
        }
    }

    private TrainingState state() {
        Map<String, float[]> tensors = new HashMap<>();
        step.state().forEach((name, tensor) -> tensors.put(name, backend.download(tensor)));
        return new TrainingState(
                plan.stage(),
                step.taken(),
                extent.steps(),
                progress.lossSum(),
                progress.correct(),
                progress.seconds(),
                epochs,
                tensors);
    }

    /** Of the last epoch's batches, so that the model is evaluated and saved with statistics that fit its weights. */
    private void recomputeStatistics(int epoch) {
        if (!model.batchNorms().isEmpty()) {
            int batches = (STATISTICS_IMAGES + extent.batch() - 1) / extent.batch();
            step.recomputeStatistics(
                    (long) epoch * extent.stepsPerEpoch(),
                    Math.min(extent.steps(epoch), batches),
                    () -> listener.stopIfAsked("training " + plan.stage()));
        }
    }

    private void requireFinite(int i) {
        float loss = results.loss(i);
        float norm = results.norm(i);
        if (!Float.isFinite(loss) || !Float.isFinite(norm)) {
            String tensor = step.firstNotFinite(results.step(i));
            throw new InputException(
                    "training of " + model.name() + " diverged: at step " + results.step(i) + " the loss is "
                            + loss + " and the norm of its gradient " + norm
                            + (tensor == null ? "" : "; the first that is not finite is " + tensor)
                            + "; use a smaller learning rate");
        }
    }
}
