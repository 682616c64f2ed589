package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.tensor.Tensor;
import java.util.List;
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
        step("adamw", step, OptimizerOps.SCHEDULE);
        return count;
    }

    private static void step(String operation, OptimizerOps.Step step, int columns) {
        Tensor schedule = step.schedule();
        Checks.shape(operation, "schedule", schedule, schedule.shape().extent(0), columns);
        Checks.integers(operation, "number", step.number(), 1);
        if (step.factor() != null) {
            Checks.shape(operation, "factor", step.factor(), 1);
        }
        if (step.halted() != null) {
            Checks.integers(operation, "halted", step.halted(), 1);
        }
    }

    /** Refuses what {@link OptimizerOps#sgd} does not take. */
    public static int sgd(
            OptimizerOps.Sgd options, OptimizerOps.Step step, Tensor parameters, Tensor gradients, Tensor buffer) {
        int count = flat("sgd", parameters, gradients, buffer);
        List<OptimizerOps.Group> groups = options.groups();
        int last = 0;
        boolean ordered = !groups.isEmpty() && groups.size() <= OptimizerOps.GROUPS;
        for (OptimizerOps.Group group : groups) {
            ordered &= group.end() >= last;
            last = group.end();
        }
        Checks.that(
                ordered && last == count,
                "sgd",
                "1 to " + OptimizerOps.GROUPS + " groups must end in order, the last at " + count + ", got ends at "
                        + groups.stream().map(OptimizerOps.Group::end).toList());
        step("sgd", step, OptimizerOps.GROUPS);
        return count;
    }

    /** Refuses what {@link OptimizerOps#lookahead} does not take. */
    public static int lookahead(OptimizerOps.Averaging step, Tensor parameters, Tensor average) {
        int count = Math.toIntExact(parameters.shape().elements());
        Checks.shape("lookahead", "parameters", parameters, count);
        Checks.shape("lookahead", "average", average, count);
        Checks.shape(
                "lookahead",
                "schedule",
                step.schedule(),
                step.schedule().shape().extent(0));
        Checks.integers("lookahead", "number", step.number(), 1);
        if (step.halted() != null) {
            Checks.integers("lookahead", "halted", step.halted(), 1);
        }
        return count;
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
