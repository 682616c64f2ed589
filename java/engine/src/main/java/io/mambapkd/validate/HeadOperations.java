package io.mambapkd.validate;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** The end of a student in one kernel. */
final class HeadOperations {
    private HeadOperations() {}

    static List<Operation> all() {
        return List.of(new Operation("head", HeadOperations::head));
    }

    private static void head(Trial t) {
        int batch = t.extent("B", 1, 3, 64, 257, 4300);
        int tokens = t.extent("L", 1, 3, 7, 14, 28);
        int width = t.extent("M", 4, 12, 16, 20, 32, 48);
        int classes = t.extent("K", 2, 5, 10, 11, 16);
        double alpha = t.choose(0.0, 0.3, 1.0);
        boolean group = t.choose("group", "alone").equals("group");
        DistillationLossOps.Options loss = new DistillationLossOps.Options(
                alpha, t.choose(1.0, 4.0), t.choose(0.0, 0.1), group ? 0.6 : 0, group ? 0.5 : 1);
        boolean weighted = t.choose("weighted", "unweighted").equals("weighted");
        DistillationLossOps.Inputs inputs = new DistillationLossOps.Inputs(
                t.unwritten(batch, classes),
                group ? t.uniform(-4, 4, batch, classes) : null,
                alpha < 1 ? t.uniform(-4, 4, batch, classes) : null,
                t.integers(classes, batch),
                weighted ? t.uniform(0.5, 2, batch) : null,
                t.choose(1, Math.max(1, batch - 1), batch));
        Tensor x = t.uniform(-2, 2, batch, tokens, width);
        HeadOps.Weights weights = new HeadOps.Weights(
                t.uniform(-1, 1, width), t.uniform(-0.2, 0.2, classes, tokens * width), t.uniform(-1, 1, classes));
        HeadOps.Weights gradients =
                new HeadOps.Weights(t.zeros(width), t.zeros(classes, tokens * width), t.zeros(classes));
        Tensor dx = t.unwritten(batch, tokens, width);
        Tensor statistics = t.unwritten(DistillationLossOps.STATISTICS);
        SeparateHead.orFused(t.backend(), tokens, width, classes)
                .lossAndGradients(x, weights, 1e-5f, loss, inputs, dx, gradients, statistics);
        long terms = (long) tokens * width * classes;
        t.result("student", inputs.student(), terms);
        t.result("dx", dx, terms);
        t.result("dScale", gradients.scale(), batch * terms);
        t.result("dWeight", gradients.weight(), batch * terms);
        t.result("dBias", gradients.bias(), batch * terms);
        t.result("loss", statistics.slices(0, 1), batch * terms);
        t.result("hard term", statistics.slices(1, 1), batch * terms);
        t.result("KL", statistics.slices(2, 1), batch * terms);
        // A sum of terms of both signs, which may all but cancel: its scale is that of the logits.
        t.resultWithin("dStudentWeight", statistics.slices(4, 1), 1e-3);
    }
}
