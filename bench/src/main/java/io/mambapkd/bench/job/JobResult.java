package io.mambapkd.bench.job;

import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.results.Origin;
import io.mambapkd.results.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code job} measured; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param origin where it was measured
 * @param incomplete why the job did not end, as a sentence; empty if it did
 * @param stages in their order
 * @param totalSeconds of the whole job: the stages, validation between epochs, and the report
 * @param run accuracies and FLOPs, as in the run's summary.json; none of a job that did not end
 */
public record JobResult(
        int formatVersion,
        String kind,
        Origin origin,
        String incomplete,
        List<Stage> stages,
        double totalSeconds,
        Optional<RunSummary> run)
        implements Result {
    static final int FORMAT_VERSION = 2;
    static final String KIND = "job";

    /** How its files are read and shown. */
    public static final ResultKind<JobResult> FILES =
            new ResultKind<>(KIND, FORMAT_VERSION, JobResult.class, "mamba-pkd bench job", JobTable::markdown);

    /**
     * A part of the job.
     *
     * @param name shown in the table
     * @param seconds of wall-clock time
     * @param imagesPerSecond of a teacher or student: its training, without the validation after each epoch; 0 in a job that did not end
     */
    public record Stage(String name, double seconds, double imagesPerSecond) {}

    public JobResult {
        stages = List.copyOf(stages);
    }

    /** The stages of a job that did not end, or has not ended yet. */
    static JobResult unfinished(Origin origin, String reason, List<Stage> stages, double seconds) {
        return new JobResult(FORMAT_VERSION, KIND, origin, reason, stages, seconds, Optional.empty());
    }

    /** @param cachedImages number of augmented images on which the teacher was run before the students were trained */
    static JobResult of(Origin origin, RunSummary run, double totalSeconds, long cachedImages) {
        RunSummary.Timing timing = run.timing();
        List<Stage> stages = new ArrayList<>();
        stages.add(new Stage("teacher", timing.teacherSeconds(), timing.teacherImagesPerSecond()));
        stages.add(new Stage(JobStages.COPIES, timing.cachingSeconds(), cachedImages / timing.cachingSeconds()));
        for (int i = 0; i < run.students().size(); i++) {
            stages.add(new Stage(
                    JobStages.STUDENT + run.students().get(i).name(),
                    timing.studentSeconds().get(i),
                    timing.studentImagesPerSecond().get(i)));
        }
        stages.add(new Stage("evaluation", timing.evaluationSeconds(), run.testImages() / timing.evaluationSeconds()));
        return new JobResult(FORMAT_VERSION, KIND, origin, "", stages, totalSeconds, Optional.of(run));
    }
}
