package io.mambapkd.bench.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.mambapkd.bench.cpu.Workload;
import io.mambapkd.ops.DistillationLossOps;

/** The distillation loss of {@link DistillationLossOps}, written with PyTorch's log-softmax. */
final class DjlLoss {
    private final DistillationLossOps.Options options;
    private final NDArray smoothedLabels;
    private final NDArray teacher;
    private final NDArray ensemble;
    private final int batch;

    DjlLoss(NDManager manager, Workload workload) {
        options = workload.loss();
        batch = workload.batch();
        int classes = workload.classes();
        float[] targets = new float[batch * classes];
        java.util.Arrays.fill(targets, (float) (options.labelSmoothing() / classes));
        for (int i = 0; i < batch; i++) {
            targets[i * classes + workload.labels()[i]] += (float) (1 - options.labelSmoothing());
        }
        Shape shape = new Shape(batch, classes);
        smoothedLabels = manager.create(targets, shape);
        teacher = manager.create(workload.teacherLogits(), shape);
        ensemble = manager.create(workload.ensembleLogits(), shape);
    }

    /** @return the loss, a scalar */
    NDArray of(NDArray logits) {
        NDArray combined = logits;
        if (options.studentWeight() != 1) {
            combined = combined.mul((float) options.studentWeight());
        }
        if (options.ensembleWeight() != 0) {
            combined = combined.add(ensemble.mul((float) options.ensembleWeight()));
        }
        NDArray hard = smoothedLabels.mul(combined.logSoftmax(1)).sum().mul((float) (-options.alpha() / batch));
        if (options.alpha() == 1) {
            return hard;
        }
        float temperature = (float) options.temperature();
        NDArray expected = teacher.div(temperature).logSoftmax(1);
        NDArray distance = expected.sub(combined.div(temperature).logSoftmax(1));
        NDArray soft = expected.exp().mul(distance).sum();
        return hard.add(soft.mul((float) (1 - options.alpha()) * temperature * temperature / batch));
    }
}
