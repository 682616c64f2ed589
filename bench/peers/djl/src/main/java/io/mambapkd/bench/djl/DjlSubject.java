package io.mambapkd.bench.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.mambapkd.bench.cpu.StepSubject;
import io.mambapkd.bench.cpu.Weight;
import io.mambapkd.bench.cpu.Workload;
import java.util.List;

/** A training step in eager PyTorch. All tensors of a step belong to a manager that is closed at its end. */
final class DjlSubject implements StepSubject {
    private final Engine engine;
    private final Workload workload;
    private final DjlModel model;
    private final NDManager lifetime;
    private final DjlParameters parameters;
    private final DjlLoss lossFunction;
    private final NDArray images;
    private float[] lastLogits = new float[0];
    private double lastLoss = Double.NaN;

    DjlSubject(Engine engine, Workload workload, DjlModel model, List<Weight> weights) {
        this.engine = engine;
        this.workload = workload;
        this.model = model;
        lifetime = engine.newBaseManager();
        parameters = new DjlParameters(lifetime, weights, workload.optimizer());
        lossFunction = new DjlLoss(lifetime, workload);
        images = lifetime.create(
                workload.images(),
                new Shape(
                        workload.batch(),
                        workload.image().height(),
                        workload.image().width(),
                        workload.image().channels()));
    }

    @Override
    public String name() {
        return "PyTorch " + engine.getVersion() + " through DJL";
    }

    @Override
    public void step() {
        try (NDManager step = lifetime.newSubManager()) {
            try (GradientCollector collector = engine.newGradientCollector()) {
                NDArray input = images.duplicate();
                input.attach(step);
                NDArray logits = model.logits(input, parameters.views(step));
                NDArray loss = lossFunction.of(logits);
                collector.backward(loss);
                lastLoss = loss.getFloat();
                lastLogits = logits.toFloatArray();
            }
            double scale = 1;
            if (workload.clip().isPresent()) {
                scale = Math.min(1, workload.clip().getAsDouble() / (parameters.gradientNorm(step) + 1e-6));
            }
            parameters.update(workload.learningRate(), scale);
        }
    }

    @Override
    public float[] logits() {
        return lastLogits.clone();
    }

    @Override
    public double loss() {
        return lastLoss;
    }

    @Override
    public void close() {
        lifetime.close();
    }
}
