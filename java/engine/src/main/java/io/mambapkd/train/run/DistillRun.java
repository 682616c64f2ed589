package io.mambapkd.train.run;

import io.mambapkd.distill.Scheme;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.ops.Fallback;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunSums;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The whole job, stage by stage: teacher, cache, students, evaluation, controls, calibration. It only sequences; what a stage does is in its own class.
 */
public final class DistillRun {
    /** How far a run goes. */
    public enum Extent {
        TEACHER_ONLY,
        GROUP,
        GROUP_AND_CONTROLS
    }

    private final RunContext context;
    private final EpochLog log;
    private final FinishedStages finished;
    private final Function<ReportData, byte[]> page;
    private final long start = System.nanoTime();
    private final Set<Fallback> told = new HashSet<>();
    private double groupTrainingAccuracy = Double.NaN;

    private DistillRun(RunContext context, EpochLog log, FinishedStages finished, Function<ReportData, byte[]> page) {
        this.context = context.withListener(log);
        this.log = log;
        this.finished = finished;
        this.page = page;
    }

    /**
     * Runs the job and writes checkpoints, model.json, calibration.json where the run has calibration images, summary.json, report.html and SHA256SUMS. What is finished in the folder is taken as it is.
     *
     * @param context whose folder has config.yaml, and what its parts say
     * @param extent how far to go
     * @param page makes the bytes of report.html
     * @return what summary.json holds
     * @throws io.mambapkd.train.RunStopped if the user asks to stop
     */
    public static RunSummary run(RunContext context, Extent extent, Function<ReportData, byte[]> page) {
        FinishedStages finished = new FinishedStages(context);
        RunSums.remove(context.folder());
        try (EpochLog log = EpochLog.open(context, finished::has)) {
            DistillRun run = new DistillRun(context, log, finished, page);
            try {
                return run.run(extent);
            } finally {
                run.tellWhatIsNotDeterministic();
            }
        }
    }

    private RunSummary run(Extent extent) {
        RunSpec spec = context.spec();
        try (CnnTeacher teacher = TeacherStage.create(context.backend(), spec, context.dataset())) {
            Trainer.Result trained = TeacherStage.run(teacher, context, log);
            tellWhatIsNotDeterministic();
            if (extent == Extent.TEACHER_ONLY) {
                return finishTeacher(teacher, trained);
            }
            long cachingStart = System.nanoTime();
            log.stageStarted("caching");
            try (CopyCache cache = context.placement().copies(teacher)) {
                return group(extent, teacher, trained, cache, seconds(cachingStart));
            }
        }
    }

    /** Each fallback once: the promise that another run gives the same files is off. */
    private void tellWhatIsNotDeterministic() {
        for (Fallback fallback : context.backend().fallbacks()) {
            if (!fallback.deterministic() && told.add(fallback)) {
                log.note(fallback.text() + "; another run of this configuration may give other checkpoints");
            }
        }
    }

    private RunSummary group(
            Extent extent, CnnTeacher teacher, Trainer.Result trained, CopyCache cache, double cachingSeconds) {
        List<Trainer.Result> results = new ArrayList<>();
        List<GroupEvaluator.SavedStudent> students = trainGroup(cache, results);

        long evaluationStart = System.nanoTime();
        log.stageStarted("evaluation");
        Scheme scheme = context.spec().student().scheme();
        GroupEvaluator.Result group = new GroupEvaluator(context, teacher.flops()).evaluate(scheme, students);
        float[] teacherLogits = context.logits(teacher, context.testImages());
        double evaluationSeconds = seconds(evaluationStart);

        List<RunSummary.Control> controls = extent == Extent.GROUP
                ? List.of()
                : new ControlsStage(context, cache, log, finished, teacher.flops()).run(group);
        CalibrationRecord calibrated =
                CalibrationStage.ofRun(context, students.size()).orElse(null);
        RunSummary.Timing timing = timing(trained, cachingSeconds, results, evaluationSeconds);
        return finish(teacher, trained, teacherLogits, group, calibrated, controls, timing);
    }

    private RunSummary finishTeacher(CnnTeacher teacher, Trainer.Result trained) {
        long evaluationStart = System.nanoTime();
        log.stageStarted("evaluation");
        float[] logits = context.logits(teacher, context.testImages());
        RunSummary.Timing timing = timing(trained, 0, List.of(), seconds(evaluationStart));
        return finish(teacher, trained, logits, null, null, List.of(), timing);
    }

    private List<GroupEvaluator.SavedStudent> trainGroup(CopyCache cache, List<Trainer.Result> results) {
        RunSpec spec = context.spec();
        List<GroupTrainer.StudentTraining> trainings =
                GroupTrainer.trainings(spec, spec.student().mixer(), 1);
        List<GroupEvaluator.SavedStudent> students = new ArrayList<>();
        new GroupTrainer(context, cache, log).train("", spec.student().scheme(), trainings, new GroupTrainer.Members() {
            @Override
            public @Nullable Path finished(int index) {
                return index < context.parts().students() ? file(index) : null;
            }

            private Path file(int index) {
                return context.folder()
                        .student(index + 1, trainings.get(index).spec().name());
            }

            @Override
            public void trained(int index, MambaStudent student, Trainer.Result result) {
                context.models().saveStudent(index + 1, student.name(), student.parameters());
                taken(index, result);
            }

            @Override
            public void taken(int index, Trainer.Result result) {
                students.add(
                        new GroupEvaluator.SavedStudent(trainings.get(index).spec(), file(index)));
                results.add(result);
                groupTrainingAccuracy = result.trainingAccuracy();
            }
        });
        return students;
    }

    private RunSummary finish(
            CnnTeacher teacher,
            Trainer.Result trained,
            float[] teacherLogits,
            GroupEvaluator.@Nullable Result group,
            @Nullable CalibrationRecord calibrated,
            List<RunSummary.Control> controls,
            RunSummary.Timing timing) {
        RunSummary.Teacher row = context.teacher(teacher, trained.validationAccuracy(), teacherLogits);
        RunSummary.Fit fit = context.fit(teacher, trained.trainingAccuracy(), group, groupTrainingAccuracy);
        RunSummary summary = context.summary(row, teacherLogits, group, fit, controls, timing);
        log.stopIfAsked("writing summary and report");
        RunOutput.write(context, page, summary, log.epochs(), group, calibrated, teacherLogits);
        return summary;
    }

    private RunSummary.Timing timing(
            Trainer.Result teacher, double cachingSeconds, List<Trainer.Result> students, double evaluationSeconds) {
        return new RunSummary.Timing(
                log.takenSeconds() + seconds(start),
                teacher.seconds(),
                cachingSeconds,
                students.stream().map(Trainer.Result::seconds).toList(),
                evaluationSeconds,
                teacher.imagesPerSecond(),
                students.stream().map(Trainer.Result::imagesPerSecond).toList());
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
