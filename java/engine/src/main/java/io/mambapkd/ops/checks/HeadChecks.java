package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.HeadOps.Weights;
import io.mambapkd.tensor.Tensor;

/** What {@link io.mambapkd.ops.HeadOps} refuses. */
public final class HeadChecks {
    private static final String NAME = "head";

    private HeadChecks() {}

    /** @param extents B, L, M and K */
    public static void arguments(
            int[] extents,
            Tensor x,
            Weights weights,
            float epsilon,
            DistillationLossOps.Options loss,
            DistillationLossOps.Inputs inputs,
            Tensor dx,
            Weights gradients,
            Tensor statistics) {
        int rows = extents[0];
        int tokens = extents[1];
        int width = extents[2];
        int classes = extents[3];
        Checks.shape(NAME, "student", inputs.student(), rows, classes);
        DistillationLossChecks.inputs(loss, inputs);
        Checks.shape(NAME, "x", x, rows, tokens, width);
        Checks.shape(NAME, "dx", dx, rows, tokens, width);
        Checks.shape(NAME, "statistics", statistics, DistillationLossOps.STATISTICS);
        Checks.that(epsilon > 0, NAME, "epsilon must be above 0, got " + epsilon);
        weights("", weights, tokens * width, width, classes);
        weights("gradient of ", gradients, tokens * width, width, classes);
    }

    private static void weights(String prefix, Weights weights, int elements, int width, int classes) {
        Checks.shape(NAME, prefix + "scale", weights.scale(), width);
        Checks.shape(NAME, prefix + "weight", weights.weight(), classes, elements);
        Checks.shape(NAME, prefix + "bias", weights.bias(), classes);
    }
}
