package io.mambapkd.train;

import io.mambapkd.model.Classifier;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.LearningRateSchedule;
import io.mambapkd.report.EpochRecord;
import java.util.function.DoubleSupplier;

/** Trains one model from the first epoch to the last. */
final class Trainer {
    /**
     * How a model is trained.
     *
     * @param stage name in metrics and on the terminal
     * @param epochs passes over the data
     * @param learningRate peak of the one-cycle schedule
     * @param warmup share of the steps before the peak
     * @param beta2 AdamW's second decay
     * @param weightDecay AdamW's
     * @param clip largest global norm of the gradient; infinite for none
     * @param loss what is minimised
     */
    record Plan(
            String stage,
            int epochs,
            double learningRate,
            double warmup,
            double beta2,
            double weightDecay,
            double clip,
            DistillationLossOps.Options loss) {}

    /**
     * What a training came to.
     *
     * @param validationAccuracy after the last epoch
     * @param imagesPerSecond over all epochs, evaluation not counted
     * @param seconds in all
     */
    record Result(double validationAccuracy, double imagesPerSecond, double seconds) {}

    private final Backend backend;
    private final RunListener listener;

    Trainer(Backend backend, RunListener listener) {
        this.backend = backend;
        this.listener = listener;
    }

    /**
     * @param validate evaluates the model on the validation images; called after every epoch
     * @throws RunStopped if the user asks to stop
     */
    Result train(Classifier model, Plan plan, TrainingData data, DoubleSupplier validate) {
        int batch = model.logits().shape().extent(0);
        int classes = model.logits().shape().last();
        int imageElements = Math.toIntExact(model.images().shape().elements() / batch);
        int stepsPerEpoch = data.stepsPerEpoch();
        long totalSteps = (long) stepsPerEpoch * plan.epochs();
        LearningRateSchedule schedule = LearningRateSchedule.oneCycle(plan.learningRate(), totalSteps, plan.warmup());
        long start = System.nanoTime();
        double trainingSeconds = 0;
        double accuracy = 0;
        listener.stageStarted(plan.stage());
        try (TrainStep step = new TrainStep(
                        backend, model, data, plan.loss(), plan.beta2(), plan.weightDecay(), plan.clip());
                BatchFeeder feeder = new BatchFeeder(data, plan.epochs(), batch, imageElements, classes)) {
            for (int epoch = 0; epoch < plan.epochs(); epoch++) {
                long epochStart = System.nanoTime();
                double lossSum = 0;
                double correct = 0;
                float[] statistics = new float[DistillationLossOps.STATISTICS];
                for (int i = 0; i < stepsPerEpoch; i++) {
                    long done = (long) epoch * stepsPerEpoch + i;
                    stopIfAsked(plan.stage());
                    step.run(done, schedule.at(done), feeder.next(), statistics);
                    lossSum += statistics[0];
                    correct += statistics[3];
                    double images = (double) (i + 1) * batch;
                    listener.progress(
                            plan.stage(),
                            done + 1,
                            totalSteps,
                            lossSum / (i + 1),
                            correct / images,
                            images / seconds(epochStart));
                }
                double epochTraining = seconds(epochStart);
                trainingSeconds += epochTraining;
                accuracy = validate.getAsDouble();
                double images = (double) stepsPerEpoch * batch;
                listener.epochFinished(new EpochRecord(
                        plan.stage(),
                        epoch + 1,
                        plan.epochs(),
                        lossSum / stepsPerEpoch,
                        correct / images,
                        accuracy,
                        schedule.at((long) (epoch + 1) * stepsPerEpoch - 1),
                        images / epochTraining,
                        seconds(epochStart)));
            }
        }
        return new Result(accuracy, totalSteps * batch / trainingSeconds, seconds(start));
    }

    private void stopIfAsked(String stage) {
        if (listener.stopRequested()) {
            throw new RunStopped("stopped while training " + stage);
        }
    }

    private static double seconds(long since) {
        return Math.max(1e-9, (System.nanoTime() - since) / 1e9);
    }
}
