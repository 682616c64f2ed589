package io.mambapkd.train.plan;

import io.mambapkd.data.Dataset;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What is known of a run before it starts.
 *
 * @param spec its settings
 * @param data how much there is of them
 * @param extent how far it goes
 * @param parameters learned values of the teacher, and of each student where there are some
 * @param memory that it needs
 * @param diskBytes of its files
 * @param times of its stages; nothing where those of the device say nothing
 */
public record RunPlan(
        RunSpec spec,
        DataSize data,
        Extent extent,
        List<Long> parameters,
        MemoryNeed memory,
        long diskBytes,
        Optional<RunTimes> times) {
    public RunPlan {
        parameters = List.copyOf(parameters);
    }

    /**
     * Times some steps and puts the plan together.
     *
     * @param memory found by {@link MemoryCheck}
     * @param stopRequested whether the user has asked to stop, as {@link io.mambapkd.train.RunListener#stopRequested}
     */
    public static RunPlan of(
            RunSpec spec,
            Dataset dataset,
            Extent extent,
            Backend backend,
            MemoryNeed memory,
            BooleanSupplier stopRequested) {
        DataSize data = DataSize.of(dataset);
        return new RunPlan(
                spec,
                data,
                extent,
                parameters(spec, data, extent),
                memory,
                DiskCheck.bytes(spec, data, extent),
                backend.isEmulated()
                        ? Optional.empty()
                        : Optional.of(TimePlan.measure(spec, dataset, extent, backend, stopRequested)));
    }

    private static List<Long> parameters(RunSpec spec, DataSize data, Extent extent) {
        List<Long> counts = new ArrayList<>();
        ModelSize.teacher(spec.teacher().spec(), data.image(), data.classes(), 1, false)
                .ifPresent(size -> counts.add(size.parameters()));
        if (extent != Extent.TEACHER_ONLY) {
            for (StudentSpec student : spec.models()) {
                ModelSize.student(student, data.image(), data.classes(), 1, false, ModelSize.Parts.NONE)
                        .ifPresent(size -> counts.add(size.parameters()));
            }
        }
        return counts;
    }
}
