package io.mambapkd.train;

import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.Replay;
import io.mambapkd.optim.AdamW;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;

/** One optimizer step of one model: upload, forward, loss, backward, clip, update. All memory is planned in the constructor. */
final class TrainStep implements AutoCloseable {
    private final Backend backend;
    private final Classifier model;
    private final DistillationLossOps.Options loss;
    private final DistillationLossOps.Inputs inputs;
    private final double clip;
    private final AdamW optimizer;
    private final Arena arena;
    private final Tensor statistics;
    private final Tensor norm;
    private final Tensor gradients;
    private final Replay differentiation;
    private final Replay update;

    /**
     * @param data tells what else than images and labels a batch has
     * @param clip largest global norm of the gradient; infinite for no clipping
     */
    TrainStep(
            Backend backend,
            Classifier model,
            TrainingData data,
            DistillationLossOps.Options loss,
            double beta2,
            double weightDecay,
            double clip) {
        this.backend = backend;
        this.model = model;
        this.loss = loss;
        this.clip = clip;
        Parameters parameters = model.parameters();
        this.optimizer = new AdamW(backend, parameters, 0.9, beta2, weightDecay);
        this.gradients = parameters.flatGradients(0, parameters.flatElements());
        this.arena = backend.newArena(model.name() + " step");
        Shape logits = model.logits().shape();
        int batch = logits.extent(0);
        Tensor labels = arena.allocate("labels", DType.I32, Shape.of(batch));
        Tensor teacher = arena.allocate("teacher", DType.F32, logits);
        Tensor ensemble = arena.allocate("ensemble", DType.F32, logits);
        Tensor weights = arena.allocate("weights", batch);
        statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
        norm = arena.allocate("norm", 1);
        arena.seal(batch);
        inputs = new DistillationLossOps.Inputs(
                model.logits(),
                data.has(TrainingData.Extra.ENSEMBLE) ? ensemble : null,
                data.has(TrainingData.Extra.TEACHER) ? teacher : null,
                labels,
                data.has(TrainingData.Extra.WEIGHTS) ? weights : null,
                batch);
        differentiation = backend.replay(this::differentiate);
        update = backend.replay(optimizer::update);
    }

    /**
     * @param step optimizer steps taken before this one
     * @param result overwritten with the {@link DistillationLossOps} statistics of the batch
     */
    void run(long step, double learningRate, HostBatch batch, float[] result) {
        backend.upload(batch.images, model.images());
        backend.upload(batch.labels, inputs.labels());
        if (inputs.teacher() != null) {
            backend.upload(batch.teacher, inputs.teacher());
        }
        if (inputs.ensemble() != null) {
            backend.upload(batch.ensemble, inputs.ensemble());
        }
        if (inputs.sampleWeights() != null) {
            backend.upload(batch.weights, inputs.sampleWeights());
        }
        backend.upload(new int[] {(int) step}, model.step());
        differentiation.run();
        backend.download(statistics, result, 0);
        // Before the update: a poisoned gradient must not reach the parameters.
        if (!Float.isFinite(result[0])) {
            throw new io.mambapkd.InputException("training of " + model.name() + " diverged: the loss at step " + step
                    + " is " + result[0] + "; use a smaller learning rate");
        }
        optimizer.schedule(learningRate);
        update.run();
    }

    /** From the batch to the clipped gradient. */
    private void differentiate() {
        model.forward(Mode.TRAINING);
        backend.distillationLoss().lossAndGradient(loss, inputs, model.dLogits(), null, statistics);
        backend.zero(gradients);
        model.backward();
        if (clip < Double.POSITIVE_INFINITY) {
            backend.optimizer().clipByGlobalNorm(clip, gradients, norm);
        }
    }

    @Override
    public void close() {
        differentiation.close();
        update.close();
        optimizer.close();
        arena.close();
    }
}
