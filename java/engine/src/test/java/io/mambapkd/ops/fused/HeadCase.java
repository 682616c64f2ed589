package io.mambapkd.ops.fused;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.ops.Results;
import io.mambapkd.ops.SequenceTensors;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.validate.SeparateHead;

/**
 * One call of {@link HeadOps.Head} with what it is given, the same on every backend.
 *
 * @param valid rows that count; the others have labels that are none
 */
record HeadCase(
        int batch,
        int tokens,
        int width,
        int classes,
        int valid,
        boolean ensemble,
        boolean teacher,
        boolean weighted,
        DistillationLossOps.Options loss) {
    static final float EPSILON = 1e-5f;

    private static final DistillationLossOps.Options LOSS = new DistillationLossOps.Options(0.3, 2, 0.1, 0.5, 0.75);

    HeadCase(int batch, int tokens, int width, int classes) {
        this(batch, tokens, width, classes, batch, true, true, true, LOSS);
    }

    HeadCase of(int validRows) {
        return new HeadCase(batch, tokens, width, classes, validRows, ensemble, teacher, weighted, loss);
    }

    HeadCase with(boolean withEnsemble, boolean withTeacher, boolean withWeights) {
        DistillationLossOps.Options other = withTeacher
                ? loss
                : new DistillationLossOps.Options(1, loss.temperature(), loss.labelSmoothing(), 0.5, 0.75);
        return new HeadCase(batch, tokens, width, classes, valid, withEnsemble, withTeacher, withWeights, other);
    }

    HeadCase with(DistillationLossOps.Options other) {
        return new HeadCase(batch, tokens, width, classes, valid, ensemble, teacher, weighted, other);
    }

    /** All tensors of the call; outputs are not written yet, gradients of weights begin with some values. */
    record Call(
            Tensor x,
            HeadOps.Weights weights,
            DistillationLossOps.Inputs inputs,
            Tensor dx,
            HeadOps.Weights gradients,
            Tensor statistics) {}

    Call draw(Backend backend, SequenceTensors tensors) {
        int[] labels = new int[batch];
        float[] drawn = tensors.numbers(0, classes, batch);
        for (int i = 0; i < batch; i++) {
            labels[i] = i < valid ? Math.min(classes - 1, (int) drawn[i]) : -7;
        }
        return new Call(
                tensors.uniform(-2, 2, batch, tokens, width),
                weights(tensors, 1),
                new DistillationLossOps.Inputs(
                        tensors.unwritten(batch, classes),
                        ensemble ? tensors.uniform(-3, 3, batch, classes) : null,
                        teacher ? tensors.uniform(-3, 3, batch, classes) : null,
                        integers(backend, labels),
                        weighted ? tensors.uniform(0.2f, 2, batch) : null,
                        valid),
                tensors.unwritten(batch, tokens, width),
                weights(tensors, 0.01f),
                tensors.unwritten(DistillationLossOps.STATISTICS));
    }

    private HeadOps.Weights weights(SequenceTensors tensors, float largest) {
        return new HeadOps.Weights(
                tensors.uniform(-largest, largest, width),
                tensors.uniform(-0.2f * largest, 0.2f * largest, classes, tokens * width),
                tensors.uniform(-largest, largest, classes));
    }

    private static Tensor integers(Backend backend, int[] values) {
        Arena arena = backend.newArena("labels");
        Tensor tensor = arena.allocate("labels", DType.I32, Shape.of(values.length));
        arena.seal();
        backend.upload(values, tensor);
        return tensor;
    }

    void run(Backend backend, Results results) {
        Call call = draw(backend, results.tensors());
        run(backend, call);
        results.add("student", call.inputs.student());
        results.add("dx", call.dx);
        results.add("dScale", call.gradients.scale());
        results.add("dWeight", call.gradients.weight());
        results.add("dBias", call.gradients.bias());
        results.add("loss and its terms", call.statistics.slices(0, 3));
        results.add("correct", call.statistics.slices(3, 1));
        results.add("dStudentWeight", call.statistics.slices(4, 1));
    }

    /** On the backend's kernel where it has one, else by the operations one by one. */
    void run(Backend backend, Call call) {
        SeparateHead.orFused(backend, tokens, width, classes)
                .lossAndGradients(
                        call.x, call.weights, EPSILON, loss, call.inputs, call.dx, call.gradients, call.statistics);
    }
}
