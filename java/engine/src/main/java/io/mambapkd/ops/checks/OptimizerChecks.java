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
            OptimizerOps.Step step, int decayed, Tensor parameters, Tensor gradients, Tensor m, Tensor v) {
        int count = flat("adamw", parameters, gradients, m);
        Checks.shape("adamw", "v", v, count);
        Checks.that(
                decayed >= 0 && decayed <= count,
                "adamw",
                "the number of parameters that decay must be in 0.." + count + ", got " + decayed);
        Tensor schedule = step.schedule();
        Checks.shape("adamw", "schedule", schedule, schedule.shape().extent(0), OptimizerOps.SCHEDULE);
        Checks.integers("adamw", "number", step.number(), 1);
        if (step.factor() != null) {
            Checks.shape("adamw", "factor", step.factor(), 1);
        }
        if (step.halted() != null) {
            Checks.integers("adamw", "halted", step.halted(), 1);
        }
        return count;
    }

    /** Refuses what {@link OptimizerOps#sgd} does not take. */
    public static int sgd(Tensor schedule, Tensor parameters, Tensor gradients, Tensor buffer) {
        Checks.shape("sgd", "schedule", schedule, OptimizerOps.SCHEDULE);
        return flat("sgd", parameters, gradients, buffer);
    }

    /** Refuses what {@link OptimizerOps#gradientNorm} does not take. */
    public static int gradientNorm(
            double maximum, Tensor gradients, Tensor norm, Tensor factor, OptimizerOps.@Nullable Books books) {
        Checks.that(maximum > 0, "gradient_norm", "the largest norm must be above 0, got " + maximum);
        int count = Math.toIntExact(gradients.shape().elements());
        Checks.shape("gradient_norm", "gradients", gradients, count);
        Checks.shape("gradient_norm", "norm", norm, 1);
        Checks.shape("gradient_norm", "factor", factor, 1);
        if (books != null) {
            books(books);
        }
        return count;
    }

    private static void books(OptimizerOps.Books books) {
        Tensor journal = books.journal();
        int statistics = Math.toIntExact(books.statistics().shape().elements());
        Checks.shape("gradient_norm", "statistics", books.statistics(), statistics);
        Checks.integers("gradient_norm", "step", books.step(), 1);
        Checks.integers("gradient_norm", "halted", books.halted(), 1);
        Checks.shape("gradient_norm", "journal", journal, journal.shape().extent(0), statistics + 1);
    }

    private static int flat(String operation, Tensor parameters, Tensor gradients, Tensor state) {
        int count = Math.toIntExact(parameters.shape().elements());
        Checks.shape(operation, "parameters", parameters, count);
        Checks.shape(operation, "gradients", gradients, count);
        Checks.shape(operation, "state", state, count);
        return count;
    }
}
