package io.mambapkd.bench.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import io.mambapkd.bench.cpu.StepSubject;
import io.mambapkd.bench.cpu.Weight;
import io.mambapkd.bench.cpu.Workload;
import io.mambapkd.nn.Precision;
import java.util.List;
import java.util.function.Function;

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

    /**
     * @param precision in BF16 the factors of products are BF16
     * @param images of the workload, as the model takes them; taken over
     */
    DjlSubject(
            Engine engine,
            Workload workload,
            DjlModel model,
            List<Weight> weights,
            Precision precision,
            Function<NDManager, NDArray> images) {
        this.engine = engine;
        this.workload = workload;
        this.model = model;
        lifetime = engine.newBaseManager();
        DjlConversions conversions = precision == Precision.F32 ? null : new DjlConversions(lifetime);
        parameters = new DjlParameters(lifetime, weights, workload.update(), workload.batch(), conversions);
        lossFunction = new DjlLoss(lifetime, workload);
        this.images = images.apply(lifetime);
    }

    @Override
    public String name() {
        return "PyTorch " + engine.getVersion() + " through DJL";
    }

    @Override
    public void step() {
        step(false);
    }

    @Override
    public double stepWithNorm() {
        return step(true);
    }

    /** Returns the norm of the gradient where it is wanted or the step needs it, else NaN. */
    private double step(boolean wantsNorm) {
        try (NDManager step = lifetime.newSubManager()) {
            try (GradientCollector collector = engine.newGradientCollector()) {
                // A handle of its own, which belongs to the step.
                NDArray input = images.reshape(images.getShape());
                input.attach(step);
                NDArray logits = model.logits(input, parameters.views(step));
                NDArray loss = lossFunction.of(logits);
                collector.backward(loss);
                lastLoss = loss.getFloat();
                lastLogits = logits.toFloatArray();
            }
            double norm = wantsNorm || workload.clip().isPresent() ? parameters.gradientNorm(step) : Double.NaN;
            double scale = 1;
            if (workload.clip().isPresent()) {
                scale = Math.min(1, workload.clip().getAsDouble() / (norm + 1e-6));
            }
            parameters.update(step, scale);
            return norm;
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
