package io.mambapkd.bench.cpu;

import io.mambapkd.model.Classifier;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.Optimizer;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** A training step of this project: what its trainer does between two batches. */
final class OurSubject implements StepSubject {
    private final Backend backend;
    private final Classifier model;
    private final Workload workload;
    private final Optimizer optimizer;
    private final Arena arena;
    private final DistillationLossOps.Inputs inputs;
    private final Tensor statistics;
    private final Tensor norm;
    private final Tensor factor;
    private final Tensor gradients;
    private int steps;

    /** Takes the model over: closes it. */
    OurSubject(Backend backend, Classifier model, Workload workload) {
        this.backend = backend;
        this.model = model;
        this.workload = workload;
        Parameters parameters = model.parameters();
        optimizer = workload.update().ours(backend, parameters, workload.batch());
        gradients = parameters.flatGradients(0, parameters.flatElements());
        arena = backend.newArena("bench");
        Tensor labels = arena.allocate("labels", DType.I32, Shape.of(workload.batch()));
        Tensor teacher = arena.allocate("teacher logits", workload.batch(), workload.classes());
        Tensor ensemble = arena.allocate("ensemble logits", workload.batch(), workload.classes());
        statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
        norm = arena.allocate("gradient norm", 1);
        factor = arena.allocate("clip factor", 1);
        arena.seal();
        backend.upload(workload.labels(), labels);
        backend.upload(workload.teacherLogits(), teacher);
        backend.upload(workload.ensembleLogits(), ensemble);
        backend.upload(workload.images(), model.images());
        DistillationLossOps.Options loss = workload.loss();
        inputs = new DistillationLossOps.Inputs(
                model.logits(),
                loss.ensembleWeight() == 0 ? null : ensemble,
                loss.alpha() == 1 ? null : teacher,
                labels,
                null,
                workload.batch());
    }

    /** First values of the model, for a peer. */
    List<Weight> weights() {
        return Weight.of(model, backend);
    }

    @Override
    public String name() {
        return "mamba-pkd";
    }

    @Override
    public void step() {
        // From 1, as the update counts.
        backend.upload(new int[] {++steps}, model.step());
        backend.zero(gradients);
        model.differentiate(backend, workload.loss(), inputs, statistics);
        boolean clips = workload.clip().isPresent();
        if (clips) {
            backend.optimizer().gradientNorm(workload.clip().getAsDouble(), gradients, norm, factor, null);
        }
        optimizer.update(model.step(), clips ? factor : null, null);
    }

    @Override
    public double stepWithNorm() {
        step();
        backend.optimizer().gradientNorm(Double.POSITIVE_INFINITY, gradients, norm, factor, null);
        return backend.download(norm)[0];
    }

    @Override
    public float[] logits() {
        return backend.download(model.logits());
    }

    @Override
    public double loss() {
        return backend.download(statistics)[0];
    }

    @Override
    public void close() {
        optimizer.close();
        arena.close();
        model.close();
    }
}
