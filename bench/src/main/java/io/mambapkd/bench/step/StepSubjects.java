package io.mambapkd.bench.step;

import io.mambapkd.bench.options.RunOptions;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Datasets;
import io.mambapkd.nn.Precision;
import io.mambapkd.train.settings.RunSpec;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Whose steps are measured: the models of a preset on its data, or a {@link NamedWorkload}.
 *
 * @param specs of the run, for each precision of its models
 * @param dataset that they learn from
 * @param models of the run: {@link #TEACHER}, or a student's index from 0
 */
record StepSubjects(Map<Precision, RunSpec> specs, Dataset dataset, List<Integer> models) {
    static final int TEACHER = -1;
    private static final String BASE = "mnist-demo";

    StepSubjects {
        specs = Map.copyOf(specs);
        models = List.copyOf(models);
    }

    /**
     * @param run the user's preset and settings
     * @param workload that the user named, or null
     * @throws io.mambapkd.InputException if a setting is wrong, or the data cannot be read
     */
    static StepSubjects of(RunOptions run, @Nullable NamedWorkload workload) {
        Map<Precision, RunSpec> specs = new EnumMap<>(Precision.class);
        for (Precision precision : Precision.values()) {
            String name = precision.name().toLowerCase(Locale.ROOT);
            List<String> strong = List.of("teacher.precision=" + name, "student.precision=" + name);
            specs.put(
                    precision,
                    workload == null
                            ? run.spec(StepBenchmark.FEW_COPIES, strong)
                            : run.spec(BASE, workload.settings(), strong));
        }
        RunSpec any = Objects.requireNonNull(specs.get(Precision.F32));
        int students = any.students().size();
        if (workload != null) {
            int batch = any.students().get(students - 1).batch(any.student());
            return new StepSubjects(specs, workload.images(batch), List.of(students - 1));
        }
        return new StepSubjects(
                specs,
                Datasets.open(any.data()),
                IntStream.range(TEACHER, students).boxed().toList());
    }

    RunSpec spec(Precision precision) {
        return Objects.requireNonNull(specs.get(precision));
    }
}
