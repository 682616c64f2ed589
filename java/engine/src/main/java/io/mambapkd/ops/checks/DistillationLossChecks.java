package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.DistillationLossOps.Inputs;
import io.mambapkd.ops.DistillationLossOps.Options;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What the distillation loss demands of its arguments on every backend. */
public final class DistillationLossChecks {
    private static final String NAME = "distillation_loss";

    private DistillationLossChecks() {}

    /** Refuses what {@link DistillationLossOps#lossAndGradient} does not take. */
    public static void arguments(
            Options options, Inputs inputs, Tensor dStudent, @Nullable Tensor combined, Tensor statistics) {
        Tensor student = inputs.student();
        inputs(options, inputs);
        Checks.shape(
                NAME,
                "dStudent",
                dStudent,
                student.shape().extent(0),
                student.shape().last());
        Checks.shape(NAME, "statistics", statistics, DistillationLossOps.STATISTICS);
        if (combined != null) {
            Checks.shape(
                    NAME,
                    "combined",
                    combined,
                    student.shape().extent(0),
                    student.shape().last());
        }
    }

    /** Refuses options and inputs that do not fit together. */
    public static void inputs(Options options, Inputs inputs) {
        Tensor student = inputs.student();
        Checks.that(student.shape().rank() == 2, NAME, "student logits must be (B, K), got " + student);
        int rows = student.shape().extent(0);
        int classes = student.shape().last();
        Checks.shape(NAME, "student", student, rows, classes);
        Checks.integers(NAME, "labels", inputs.labels(), rows);
        Checks.that(
                inputs.valid() >= 1 && inputs.valid() <= rows,
                NAME,
                "valid must be from 1 to " + rows + ", got " + inputs.valid());
        Checks.that(
                inputs.teacher() != null || options.alpha() == 1,
                NAME,
                "without teacher logits alpha must be 1, got " + options.alpha());
        if (inputs.teacher() != null) {
            Tensor teacher = inputs.teacher();
            Checks.that(
                    teacher.shape().equals(student.shape()),
                    NAME,
                    "teacher logits are " + teacher.shape() + " but student logits are " + student.shape()
                            + "; was the teacher trained on another dataset?");
        }
        if (inputs.ensemble() != null) {
            Checks.shape(NAME, "ensemble", inputs.ensemble(), rows, classes);
        }
        if (inputs.sampleWeights() != null) {
            Checks.shape(NAME, "sampleWeights", inputs.sampleWeights(), rows);
        }
    }
}
