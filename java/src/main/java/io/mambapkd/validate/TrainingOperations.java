package io.mambapkd.validate;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** The loss and the updates. */
final class TrainingOperations {
    private TrainingOperations() {}

    static List<Operation> all() {
        return List.of(
                new Operation("loss", TrainingOperations::loss),
                new Operation("adamw", TrainingOperations::adamW),
                new Operation("sgd", TrainingOperations::sgd),
                new Operation("clip", TrainingOperations::clip),
                new Operation("dropout", TrainingOperations::dropout));
    }

    private static void loss(Trial t) {
        int batch = t.extent("B", 1, 3, 64, 257);
        int classes = t.extent("K", 2, 10, 32, 33, 100, 1000);
        double alpha = t.choose(0.0, 0.3, 1.0);
        double temperature = t.choose(1.0, 2.0, 4.0);
        double smoothing = t.choose(0.0, 0.1);
        boolean weighted = t.choose("weighted", "unweighted").equals("weighted");
        boolean group = t.choose("group", "alone").equals("group");
        DistillationLossOps.Options options =
                new DistillationLossOps.Options(alpha, temperature, smoothing, group ? 0.6 : 0, group ? 0.5 : 1);
        DistillationLossOps.Inputs in = new DistillationLossOps.Inputs(
                t.uniform(-4, 4, batch, classes),
                group ? t.uniform(-4, 4, batch, classes) : null,
                alpha < 1 ? t.uniform(-4, 4, batch, classes) : null,
                t.integers(classes, batch),
                weighted ? t.uniform(0.5, 2, batch) : null,
                Math.max(1, batch - 1));
        Tensor dStudent = t.unwritten(batch, classes);
        Tensor combined = t.unwritten(batch, classes);
        Tensor statistics = t.unwritten(DistillationLossOps.STATISTICS);
        t.backend().distillationLoss().lossAndGradient(options, in, dStudent, combined, statistics);
        t.result("dStudent", dStudent, classes);
        t.result("combined", combined, 2);
        t.result("loss", statistics.slices(0, 1), (long) batch * classes);
        t.result("hard term", statistics.slices(1, 1), (long) batch * classes);
        t.result("KL", statistics.slices(2, 1), (long) batch * classes);
        t.resultWithin("correct", statistics.slices(3, 1), Tolerance.exact());
        // A sum of terms of both signs, which may all but cancel: its scale is that of the logits.
        t.resultWithin("dWeight", statistics.slices(4, 1), 1e-3);
    }

    private static Tensor schedule(Trial t) {
        Tensor schedule = t.zeros(OptimizerOps.SCHEDULE);
        int step = t.choose(1, 2, 100);
        t.backend()
                .upload(
                        new float[] {
                            1e-2f, (float) (1 - StrictMath.pow(0.9, step)), (float) (1 - StrictMath.pow(0.99, step))
                        },
                        schedule);
        return schedule;
    }

    private static void adamW(Trial t) {
        int count = t.extent("COUNT", 1, 3, 127, 128, 5000, 70_001);
        Tensor schedule = schedule(t);
        Tensor p = t.uniform(-1, 1, count);
        Tensor m = t.uniform(-1, 1, count);
        Tensor v = t.uniform(0.01, 1, count);
        OptimizerOps.AdamW options = new OptimizerOps.AdamW(0.9, 0.99, 1e-8, t.choose(0.0, 0.05));
        t.backend().optimizer().adamW(options, schedule, null, p, t.uniform(-1, 1, count), m, v);
        t.result("parameters", p, 1);
        t.result("m", m, 1);
        t.result("v", v, 1);
    }

    private static void sgd(Trial t) {
        int count = t.extent("COUNT", 1, 3, 127, 128, 5000, 70_001);
        Tensor schedule = schedule(t);
        Tensor p = t.uniform(-1, 1, count);
        Tensor buffer = t.uniform(-1, 1, count);
        OptimizerOps.Sgd options = new OptimizerOps.Sgd(0.9, t.choose(0.0, 0.05));
        t.backend().optimizer().sgd(options, schedule, p, t.uniform(-1, 1, count), buffer);
        t.result("parameters", p, 1);
        t.result("buffer", buffer, 1);
    }

    private static void clip(Trial t) {
        int count = t.extent("COUNT", 1, 3, 127, 5000, 70_001);
        Tensor gradients = t.uniform(-1, 1, count);
        Tensor norm = t.unwritten(1);
        t.backend().optimizer().clipByGlobalNorm(t.choose(0.5, 1e6), gradients, norm);
        t.result("norm", norm, count);
        t.result("gradients", gradients, count);
    }

    private static void dropout(Trial t) {
        int count = t.extent("COUNT", 1, 33, 1000);
        Tensor step = t.allocate(DType.I32, 1);
        t.backend().upload(new int[] {t.choose(0, 1, 12_345)}, step);
        Tensor y = t.unwritten(count);
        t.backend().dropout().apply(t.choose(0f, 0.2f, 0.9f), 5, t.choose(0, 3), step, t.uniform(-1, 1, count), y);
        t.result("y", y, 1);
    }
}
