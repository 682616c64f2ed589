package io.mambapkd.train;

import io.mambapkd.data.Dataset;
import io.mambapkd.ops.Backend;
import io.mambapkd.report.RunSummary;
import java.nio.file.Path;

/** The whole job: teacher, students, evaluation, report. */
public final class DistillRun {
    /** How far a run goes. */
    public enum Extent {
        TEACHER_ONLY,
        GROUP,
        GROUP_AND_CONTROLS
    }

    private DistillRun() {}

    /**
     * @param folder an existing, empty run folder that already holds config.yaml
     * @param deviceDescription of the backend, with the reason where the program chose it
     * @return what summary.json holds
     */
    public static RunSummary run(
            RunSpec spec,
            Dataset dataset,
            Backend backend,
            int threads,
            String deviceDescription,
            Path folder,
            Extent extent,
            RunListener listener) {
        return java.util.Objects.requireNonNull(null);
    }
}
