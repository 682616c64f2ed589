package io.mambapkd.train;

import io.mambapkd.data.Dataset;
import io.mambapkd.ops.Backend;
import io.mambapkd.report.RunSummary;
import java.nio.file.Path;

/** Evaluates a finished run again, from its checkpoints. */
public final class Evaluation {
    private Evaluation() {}

    /**
     * @param spec the run's config.yaml
     * @param folder the run folder
     * @return a summary with the accuracies just computed; times are those of this evaluation
     */
    public static RunSummary evaluate(
            RunSpec spec, Dataset dataset, Backend backend, int threads, Path folder, RunListener listener) {
        return java.util.Objects.requireNonNull(null);
    }
}
