package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** What the optimizers demand of their arguments on every backend. Each method returns the number of parameters. */
public final class OptimizerChecks {
    private OptimizerChecks() {}

    /** Refuses what {@link OptimizerOps#adamW} does not take. */
    public static int adamW(Tensor schedule, Tensor parameters, Tensor gradients, Tensor m, Tensor v) {
        int count = flat("adamw", schedule, parameters, gradients, m);
        Checks.shape("adamw", "v", v, count);
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

    private static int flat(String operation, Tensor schedule, Tensor parameters, Tensor gradients, Tensor state) {
        int count = Math.toIntExact(parameters.shape().elements());
        Checks.shape(operation, "schedule", schedule, OptimizerOps.SCHEDULE);
        Checks.shape(operation, "parameters", parameters, count);
        Checks.shape(operation, "gradients", gradients, count);
        Checks.shape(operation, "state", state, count);
        return count;
    }
}
