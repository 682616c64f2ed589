package io.mambapkd.validate;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.GradientAssembly;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
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
                new Operation("lookahead", TrainingOperations::lookahead),
                new Operation("gradient_norm", TrainingOperations::gradientNorm),
                new Operation("step_books", TrainingOperations::books),
                new Operation("gradient_assembly", TrainingOperations::assembly),
                new Operation("dropout", TrainingOperations::dropout));
    }

    private static void loss(Trial t) {
        int batch = t.extent("B", 1, 3, 64, 257);
        int classes = t.extent("K", 2, 5, 10, 16, 17, 20, 32, 33, 50, 64, 65, 100, 1000);
        double largest = t.choose(4.0, 40.0);
        double alpha = t.choose(0.0, 0.3, 1.0);
        double temperature = t.choose(1.0, 2.0, 4.0);
        double smoothing = t.choose(0.0, 0.1);
        boolean weighted = t.choose("weighted", "unweighted").equals("weighted");
        boolean group = t.choose("group", "alone").equals("group");
        DistillationLossOps.Options options =
                new DistillationLossOps.Options(alpha, temperature, smoothing, group ? 0.6 : 0, group ? 0.5 : 1);
        DistillationLossOps.Inputs in = new DistillationLossOps.Inputs(
                t.uniform(-largest, largest, batch, classes),
                group ? t.uniform(-largest, largest, batch, classes) : null,
                alpha < 1 ? t.uniform(-largest, largest, batch, classes) : null,
                t.integers(classes, batch),
                weighted ? t.uniform(0.5, 2, batch) : null,
                t.choose(1, Math.max(1, batch - 1), batch));
        Tensor dStudent = t.unwritten(batch, classes);
        boolean wanted = t.choose("combined", "gradient alone").equals("combined");
        Tensor combined = wanted ? t.unwritten(batch, classes) : null;
        Tensor statistics = t.unwritten(DistillationLossOps.STATISTICS);
        t.backend().distillationLoss().lossAndGradient(options, in, dStudent, combined, statistics);
        t.result("dStudent", dStudent, classes);
        if (combined != null) {
            t.result("combined", combined, 2);
        }
        t.result("loss", statistics.slices(0, 1), (long) batch * classes);
        t.result("hard term", statistics.slices(1, 1), (long) batch * classes);
        t.result("KL", statistics.slices(2, 1), (long) batch * classes);
        t.resultWithin("correct", statistics.slices(3, 1), Tolerance.exact());
        // A sum of terms of both signs, which may all but cancel: its scale is that of the logits.
        t.resultWithin("dWeight", statistics.slices(4, 1), 1e-3);
    }

    /** Of some steps, from one on. */
    private static Tensor schedule(Trial t, int steps, int first) {
        Tensor schedule = t.zeros(steps, OptimizerOps.SCHEDULE);
        float[] rows = new float[steps * OptimizerOps.SCHEDULE];
        for (int i = 0; i < steps; i++) {
            rows[i * OptimizerOps.SCHEDULE] = 1e-2f / (i + 1);
            rows[i * OptimizerOps.SCHEDULE + 1] = (float) (1 - StrictMath.pow(0.9, first + i));
            rows[i * OptimizerOps.SCHEDULE + 2] = (float) (1 - StrictMath.pow(0.99, first + i));
        }
        t.backend().upload(rows, schedule);
        return schedule;
    }

    private static Tensor integer(Trial t, int value) {
        Tensor tensor = t.allocate(DType.I32, 1);
        t.backend().upload(new int[] {value}, tensor);
        return tensor;
    }

    /** Part of a flat buffer; from an odd place on it is not aligned for wide accesses. */
    private static Tensor part(Trial t, double low, double high, int from, int count) {
        return t.uniform(low, high, from + count).slices(from, count);
    }

    private static void adamW(Trial t) {
        int count = t.extent("COUNT", 1, 3, 127, 128, 5000, 70_001);
        int steps = t.choose(1, 3);
        Tensor schedule = schedule(t, steps, t.choose(1, 2, 100));
        Tensor number = integer(t, t.choose(1, steps));
        int decayed = t.choose(0, 1, count / 2, count);
        int from = t.choose(0, 0, 1);
        Tensor p = part(t, -1, 1, from, count);
        Tensor m = part(t, -1, 1, from, count);
        // Small enough for epsilon to matter beside its root.
        Tensor v = part(t, 1e-6, 1e-4, from, count);
        OptimizerOps.AdamW options = new OptimizerOps.AdamW(0.9, 0.99, t.choose(1e-8, 1e-3), t.choose(0.0, 0.05));
        Tensor halted = null;
        String state = t.choose("always", "going", "halted at the first step", "halted later");
        if (!state.equals("always")) {
            halted = integer(t, state.equals("going") ? -1 : state.equals("halted later") ? 5 : 0);
        }
        Tensor factor = t.choose("clipped", "whole").equals("clipped") ? t.uniform(0.1, 1, 1) : null;
        OptimizerOps.Step step = new OptimizerOps.Step(schedule, number, factor, halted);
        t.backend().optimizer().adamW(options, step, decayed, p, part(t, -1e-2, 1e-2, from, count), m, v);
        t.result("parameters", p, 1);
        t.result("m", m, 1);
        t.result("v", v, 1);
    }

    private static void sgd(Trial t) {
        int count = t.extent("COUNT", 1, 3, 127, 128, 5000, 70_001);
        int steps = 3;
        Tensor schedule = t.uniform(0.01, 0.1, steps, OptimizerOps.GROUPS);
        int from = t.choose(0, 0, 1);
        Tensor p = part(t, -1, 1, from, count);
        Tensor buffer = part(t, -1, 1, from, count);
        OptimizerOps.Sgd options = new OptimizerOps.Sgd(
                0.9,
                List.of(
                        new OptimizerOps.Group(count / 3, t.choose(0.0, 0.05)),
                        new OptimizerOps.Group(count / 2, 0.01),
                        new OptimizerOps.Group(count, 0)));
        OptimizerOps.Step step = new OptimizerOps.Step(schedule, integer(t, steps), null, null);
        t.backend().optimizer().sgd(options, step, p, part(t, -1, 1, from, count), buffer);
        t.result("parameters", p, 1);
        t.result("buffer", buffer, 1);
    }

    private static void lookahead(Trial t) {
        int count = t.extent("COUNT", 1, 3, 127, 5000, 70_001);
        int steps = 3;
        Tensor schedule = t.uniform(-0.3, 1, steps);
        int from = t.choose(0, 0, 1);
        Tensor p = part(t, -1, 1, from, count);
        Tensor average = part(t, -1, 1, from, count);
        t.backend().optimizer().lookahead(new OptimizerOps.Averaging(schedule, integer(t, steps), null), p, average);
        t.result("parameters", p, 1);
        t.result("average", average, 1);
    }

    private static void gradientNorm(Trial t) {
        int count = t.extent("COUNT", 1, 3, 127, 5000, 70_001);
        Tensor gradients = part(t, -1, 1, t.choose(0, 0, 1), count);
        Tensor norm = t.unwritten(1);
        Tensor factor = t.unwritten(1);
        t.backend().optimizer().gradientNorm(t.choose(0.5, 1e6), gradients, norm, factor, null);
        t.result("norm", norm, count);
        t.result("factor", factor, count);
    }

    /** Three steps, of which one may have a loss or a norm that is not finite. */
    private static void books(Trial t) {
        int count = t.extent("COUNT", 1, 5);
        int slots = t.choose(1, 2, 8);
        int first = t.choose(0, 7);
        String wrong = t.choose("all finite", "loss", "norm", "loss and norm", "another statistic");
        float notFinite = t.choose(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        OptimizerOps ops = t.backend().optimizer();
        OptimizerOps.Books books = new OptimizerOps.Books(
                t.zeros(count), integer(t, first), integer(t, -1), t.uniform(-1, 1, slots, count + 1));
        for (int i = 0; i < 3; i++) {
            float[] statistics = t.numbers(-1, 1, Shape.of(count));
            float[] gradient = t.numbers(0, 1, Shape.of(1));
            if (i > 0 && wrong.startsWith("loss")) {
                statistics[0] = notFinite;
            }
            if (i > 0 && wrong.endsWith("norm")) {
                gradient[0] = notFinite;
            }
            if (wrong.equals("another statistic") && count > 1) {
                statistics[1] = notFinite;
            }
            Tensor gradients = t.zeros(1);
            t.backend().upload(statistics, books.statistics());
            t.backend().upload(gradient, gradients);
            ops.gradientNorm(1, gradients, t.unwritten(1), t.unwritten(1), books);
        }
        // The norm of one number is that number.
        t.resultWithin("journal", books.journal(), Tolerance.exact());
        t.wholeNumbers("step", books.step());
        t.wholeNumbers("halted", books.halted());
    }

    /** Two steps with sums of rows and products, some of them into the same gradients. */
    private static void assembly(Trial t) {
        int rows = t.extent("ROWS", 1, 33, 700, 9000);
        int columns = t.extent("COLUMNS", 1, 3, 65, 2000);
        int m = t.choose(3, 70);
        boolean together = t.choose("together", "apart").equals("together");
        PointwiseOps pointwise = t.backend().pointwise();
        try (Arena arena = t.backend().newArena("gradients", Arena.Layout.FLAT)) {
            Tensor sum = arena.allocate("sum", columns);
            Tensor position = arena.allocate("position", 3, columns);
            Tensor product = arena.allocate("product", m, columns);
            arena.seal();
            Tensor flat = arena.flat(DType.F32, 0, arena.planned(DType.F32));
            try (GradientAssembly assembly = t.backend().assembly(flat)) {
                for (int step = 0; step < 2; step++) {
                    Tensor dy = t.uniform(-1, 1, rows, columns);
                    Tensor dx = t.uniform(-1, 1, 5, 3, columns);
                    Tensor x = t.uniform(-1, 1, 5, m);
                    Tensor few = t.uniform(-1, 1, 5, columns);
                    Tensor norm = t.unwritten(1);
                    assembly.begin();
                    pointwise.biasGradient(dy, sum);
                    t.backend().patch().positionGradient(dx, position);
                    t.backend().gemm().multiply(x, Transpose.YES, few, Transpose.NO, Write.ADD, product);
                    if (together) {
                        pointwise.biasGradient(few, sum);
                        pointwise.biasGradient(dy, product.slices(1, 1).reshape(columns));
                    }
                    assembly.end(1, norm, t.unwritten(1), null);
                    t.result("gradients", flat, 2L * rows);
                    // Its terms are sums themselves.
                    t.result("norm", norm, 2L * rows + flat.shape().elements());
                }
            }
        }
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
