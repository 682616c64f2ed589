package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What the optimizers demand of their arguments on every backend. Each method returns the number of parameters if it says nothing else. */
public final class OptimizerChecks {
    private OptimizerChecks() {}

    /** Refuses what {@link OptimizerOps#adamW} does not take. */
    public static int adamW(
            Tensor schedule, @Nullable Tensor halted, Tensor parameters, Tensor gradients, Tensor m, Tensor v) {
        int count = flat("adamw", schedule, parameters, gradients, m);
        Checks.shape("adamw", "v", v, count);
        if (halted != null) {
            Checks.integers("adamw", "halted", halted, 1);
        }
        return count;
    }

    /** Refuses what {@link OptimizerOps#sgd} does not take. */
    public static int sgd(Tensor schedule, Tensor parameters, Tensor gradients, Tensor buffer) {
        return flat("sgd", schedule, parameters, gradients, buffer);
    }

    /** Refuses what {@link OptimizerOps#clipByGlobalNorm} does not take. */
    public static int clip(double maximum, Tensor gradients, Tensor norm) {
        Checks.that(maximum > 0, "clip", "the largest norm must be above 0, got " + maximum);
        int count = Math.toIntExact(gradients.shape().elements());
        Checks.shape("clip", "gradients", gradients, count);
        Checks.shape("clip", "norm", norm, 1);
        return count;
    }

    /** Refuses what {@link OptimizerOps#record} does not take. Returns the number of statistics. */
    public static int record(Tensor statistics, Tensor norm, Tensor step, Tensor halted, Tensor journal) {
        int count = Math.toIntExact(statistics.shape().elements());
        Checks.shape("record", "statistics", statistics, count);
        Checks.shape("record", "norm", norm, 1);
        Checks.integers("record", "step", step, 1);
        Checks.integers("record", "halted", halted, 1);
        Checks.shape("record", "journal", journal, journal.shape().extent(0), count + 1);
        return count;
    }

    private static int flat(String operation, Tensor schedule, Tensor parameters, Tensor gradients, Tensor state) {
        int count = Math.toIntExact(parameters.shape().elements());
        Checks.shape(operation, "schedule", schedule, OptimizerOps.SCHEDULE);
        Checks.shape(operation, "parameters", parameters, count);
        Checks.shape(operation, "gradients", gradients, count);
        Checks.shape(operation, "state", state, count);
        return count;
    }
}
