package io.mambapkd.train.step;

import io.mambapkd.InputException;
import io.mambapkd.model.Classifier;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.LearningRateSchedule;
import io.mambapkd.optim.Nesterov;
import io.mambapkd.optim.ScheduleKind;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.settings.TrainingSteps;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** Trains one model from the first epoch, or from where a run stopped, to the last. */
public final class Trainer {
    /**
     * How a model is trained.
     *
     * @param stage name in metrics and on the terminal
     * @param epochs passes over the data; the last may be a part of one
     * @param learningRate peak of the schedule
     * @param schedule of the learning rate; with {@code descent} a triangle in its place
     * @param warmup share of the steps before the peak
     * @param beta2 AdamW's second decay
     * @param weightDecay AdamW's
     * @param descent how parameters are updated without AdamW, or null for AdamW
     * @param averages whether a moving average takes the place of the parameters every few steps
     * @param clip largest global norm of the gradient; infinite for none
     * @param loss what is minimised
     */
    public record Plan(
            String stage,
            double epochs,
            double learningRate,
            ScheduleKind schedule,
            double warmup,
            double beta2,
            double weightDecay,
            @Nullable Descent descent,
            boolean averages,
            double clip,
            DistillationLossOps.Options loss) {
        /** With AdamW, and without an average. */
        public Plan(
                String stage,
                double epochs,
                double learningRate,
                ScheduleKind schedule,
                double warmup,
                double beta2,
                double weightDecay,
                double clip,
                DistillationLossOps.Options loss) {
            this(stage, epochs, learningRate, schedule, warmup, beta2, weightDecay, null, false, clip, loss);
        }

        LearningRateSchedule course(int totalSteps) {
            return descent == null
                    ? schedule.of(learningRate, totalSteps, warmup)
                    : LearningRateSchedule.triangle(
                            learningRate, totalSteps, descent.startRate(), warmup, descent.endRate());
        }
    }

    /**
     * SGD with Nesterov momentum in place of AdamW.
     *
     * @param options of the optimizer
     * @param startRate share of the peak of the learning rate before the first step
     * @param endRate share of the peak behind the last step
     * @param inputBiasEpochs in which the bias of the input is learned: {@link io.mambapkd.nn.Decay#INPUT_BIAS}
     */
    public record Descent(Nesterov.Options options, double startRate, double endRate, double inputBiasEpochs) {}

    /**
     * What a training came to.
     *
     * @param validationAccuracy after the last epoch
     * @param trainingAccuracy of the last epoch's batches, as the loss saw them
     * @param imagesPerSecond at the mean time of an image over the epochs, evaluation not counted
     * @param seconds in all
     */
    public record Result(double validationAccuracy, double trainingAccuracy, double imagesPerSecond, double seconds) {
        /** @param epochs all of a training, at least one */
        public static Result of(List<EpochRecord> epochs) {
            EpochRecord last = epochs.get(epochs.size() - 1);
            double secondsPerImage = epochs.stream()
                    .mapToDouble(epoch -> 1 / epoch.imagesPerSecond())
                    .average()
                    .orElseThrow();
            return new Result(
                    last.validationAccuracy(),
                    last.trainAccuracy(),
                    1 / secondsPerImage,
                    epochs.stream().mapToDouble(EpochRecord::seconds).sum());
        }
    }

    private final Backend backend;
    private final RunListener listener;
    private final TrainingSaves saves;

    /** @param saves keeps the states, and has the one to go on from */
    public Trainer(Backend backend, RunListener listener, TrainingSaves saves) {
        this.backend = backend;
        this.listener = listener;
        this.saves = saves;
    }

    /**
     * @param batches bound to this training; not closed here
     * @param validate evaluates the model on the validation images; called after every epoch
     * @throws io.mambapkd.train.RunStopped if the user asks to stop
     * @throws InputException at the first loss or gradient that is not finite
     */
    public Result train(Classifier model, Plan plan, BatchSource batches, DoubleSupplier validate) {
        int batch = model.logits().shape().extent(0);
        int steps = totalSteps(plan, batches.stepsPerEpoch(), batch);
        TrainingLoop.Extent extent =
                new TrainingLoop.Extent(steps, batches.stepsPerEpoch(), (int) Math.ceil(plan.epochs()), batch);
        LearningRateSchedule schedule = plan.course(steps);
        TrainingState begun = saves.begun()
                .filter(state -> state.stage().equals(plan.stage()))
                .orElse(null);
        int first = begun == null ? 0 : Math.toIntExact(begun.step());
        listener.stageStarted(plan.stage());
        try (TrainStep step = new TrainStep(backend, model, batches, plan, first, steps, schedule::at)) {
            return new TrainingLoop(backend, model, plan, extent, step, schedule, listener, saves, begun).run(validate);
        }
    }

    /** @throws InputException if there are more steps than can be planned ahead */
    private static int totalSteps(Plan plan, int stepsPerEpoch, int batch) {
        long steps = TrainingSteps.total(stepsPerEpoch, plan.epochs());
        if (steps > TrainingSteps.MOST) {
            throw new InputException(
                    "training of " + plan.stage() + " can have at most " + TrainingSteps.MOST + " steps, got "
                            + steps + " (" + TrainingSteps.shown(plan.epochs()) + " epochs of " + stepsPerEpoch
                            + " batches of " + batch
                            + "); use fewer epochs or a larger batch");
        }
        return (int) steps;
    }
}
