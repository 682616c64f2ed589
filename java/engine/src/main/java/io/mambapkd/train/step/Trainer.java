package io.mambapkd.train.step;

import io.mambapkd.InputException;
import io.mambapkd.model.Classifier;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.LearningRateSchedule;
import io.mambapkd.optim.Nesterov;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.settings.TrainingSteps;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** Trains one model from the first epoch to the last. */
public final class Trainer {
    /** Images that the statistics of a model's batch norms are taken from, where an epoch has as many. */
    private static final int STATISTICS_IMAGES = 10_000;

    /**
     * How a model is trained.
     *
     * @param stage name in metrics and on the terminal
     * @param epochs passes over the data; the last may be a part of one
     * @param learningRate peak of the schedule
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
                double warmup,
                double beta2,
                double weightDecay,
                double clip,
                DistillationLossOps.Options loss) {
            this(stage, epochs, learningRate, warmup, beta2, weightDecay, null, false, clip, loss);
        }

        LearningRateSchedule schedule(int totalSteps) {
            return descent == null
                    ? LearningRateSchedule.oneCycle(learningRate, totalSteps, warmup)
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
     * @param imagesPerSecond over all epochs, evaluation not counted
     * @param seconds in all
     */
    public record Result(double validationAccuracy, double trainingAccuracy, double imagesPerSecond, double seconds) {}

    private final Backend backend;
    private final RunListener listener;

    public Trainer(Backend backend, RunListener listener) {
        this.backend = backend;
        this.listener = listener;
    }

    /**
     * @param batches bound to this training; not closed here
     * @param validate evaluates the model on the validation images; called after every epoch
     * @throws io.mambapkd.train.RunStopped if the user asks to stop
     * @throws InputException at the first loss or gradient that is not finite
     */
    public Result train(Classifier model, Plan plan, BatchSource batches, DoubleSupplier validate) {
        int batch = model.logits().shape().extent(0);
        int stepsPerEpoch = batches.stepsPerEpoch();
        int totalSteps = totalSteps(plan, stepsPerEpoch, batch);
        LearningRateSchedule schedule = plan.schedule(totalSteps);
        Runnable stopIfAsked = () -> listener.stopIfAsked("training " + plan.stage());
        long start = System.nanoTime();
        double trainingSeconds = 0;
        double accuracy = 0;
        double trainingAccuracy = 0;
        listener.stageStarted(plan.stage());
        try (TrainStep step = new TrainStep(backend, model, batches, plan, totalSteps, schedule::at)) {
            StepResults results = new StepResults(step.stepsPerLaunch());
            int epochs = (int) Math.ceil(plan.epochs());
            for (int epoch = 0; epoch < epochs; epoch++) {
                // The last may be a part.
                int epochSteps = Math.min(stepsPerEpoch, totalSteps - epoch * stepsPerEpoch);
                EpochProgress progress = new EpochProgress(listener, plan.stage(), totalSteps, batch);
                int launched = 0;
                while (progress.steps() < epochSteps) {
                    if (launched < epochSteps && step.hasRoom()) {
                        stopIfAsked.run();
                        int steps = Math.min(step.stepsPerLaunch(), epochSteps - launched);
                        step.launch(steps);
                        launched += steps;
                    } else {
                        step.read(results);
                        for (int i = 0; i < results.count(); i++) {
                            requireFinite(model, step, results, i);
                            progress.add(results, i);
                        }
                    }
                }
                if (epoch == epochs - 1) {
                    recomputeStatistics(model, step, (long) epoch * stepsPerEpoch, epochSteps, batch, stopIfAsked);
                }
                double epochTraining = progress.seconds();
                trainingSeconds += epochTraining;
                trainingAccuracy = progress.accuracy();
                accuracy = validate.getAsDouble();
                listener.epochFinished(new EpochRecord(
                        plan.stage(),
                        epoch + 1,
                        epochs,
                        progress.loss(),
                        progress.accuracy(),
                        accuracy,
                        schedule.at((long) epoch * stepsPerEpoch + epochSteps - 1),
                        (double) epochSteps * batch / epochTraining,
                        progress.seconds()));
            }
        }
        return new Result(accuracy, trainingAccuracy, (double) totalSteps * batch / trainingSeconds, seconds(start));
    }

    /** Of the last epoch's batches, so that the model is evaluated and saved with statistics that fit its weights. */
    private static void recomputeStatistics(
            Classifier model, TrainStep step, long firstStep, int stepsPerEpoch, int batch, Runnable stopIfAsked) {
        if (!model.batchNorms().isEmpty()) {
            int batches = Math.min(stepsPerEpoch, (STATISTICS_IMAGES + batch - 1) / batch);
            step.recomputeStatistics(firstStep, batches, stopIfAsked);
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

    private static void requireFinite(Classifier model, TrainStep step, StepResults results, int i) {
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

    private static double seconds(long since) {
        return Math.max(1e-9, (System.nanoTime() - since) / 1e9);
    }
}
