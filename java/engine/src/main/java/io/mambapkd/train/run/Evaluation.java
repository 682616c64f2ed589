package io.mambapkd.train.run;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Evaluates the finished models of a run again, from its checkpoints. Writes nothing. */
public final class Evaluation {
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Evaluated(
            RunSummary.Teacher teacher,
            float[] teacherLogits,
            GroupEvaluator.@Nullable Result group,
            RunSummary.@Nullable Fit fit) {}

    private Evaluation() {}

    /**
     * @param context whose spec is the run's config.yaml, with a teacher among its parts
     * @return a summary with the accuracies just computed, without controls; times are those of this evaluation
     * @throws InputException if a checkpoint is missing, damaged, or of another architecture
     */
    public static RunSummary evaluate(RunContext context) {
        long start = System.nanoTime();
        Evaluated evaluated = evaluated(context, Double.NaN, Double.NaN);
        double seconds = (System.nanoTime() - start) / 1e9;
        return summary(
                context, evaluated, List.of(), new RunSummary.Timing(seconds, 0, 0, List.of(), seconds, 0, List.of()));
    }

    /**
     * The report of a run, finished or not: accuracies are computed anew; loss curves are those of metrics.jsonl; controls, and times that are not there, those of the run's summary.json.
     *
     * @param context as in {@link #evaluate}
     */
    public static ReportData report(RunContext context) {
        FinishedStages finished = new FinishedStages(context);
        List<EpochRecord> epochs = new MetricsHistory(context.folder()).of(finished::has);
        Evaluated evaluated = evaluated(
                context, lastAccuracy(epochs, TeacherStage.STAGE), lastAccuracy(epochs, lastStudent(context)));
        Optional<RunSummary> before = written(context);
        RunSummary summary = summary(
                context,
                evaluated,
                before.map(RunSummary::controls).orElse(List.of()),
                before.map(RunSummary::timing).orElseGet(() -> timing(context, epochs)));
        context.listener().stopIfAsked("making the report");
        return RunOutput.report(context, summary, epochs, evaluated.group(), evaluated.teacherLogits());
    }

    private static RunSummary summary(
            RunContext context, Evaluated evaluated, List<RunSummary.Control> controls, RunSummary.Timing timing) {
        return context.summary(
                evaluated.teacher(), evaluated.teacherLogits(), evaluated.group(), evaluated.fit(), controls, timing);
    }

    private static Evaluated evaluated(RunContext context, double teacherBatches, double groupBatches) {
        context.listener().stageStarted("evaluation");
        RunSpec spec = context.spec();
        try (CnnTeacher teacher = TeacherStage.create(context.backend(), spec, context.dataset())) {
            Checkpoint.load(
                    context.folder().teacher(), teacher.parameters(), context.backend(), context.listener()::note);
            float[] logits = context.logits(teacher, context.testImages());
            RunSummary.Teacher row = context.teacher(
                    teacher, context.accuracy(teacher, context.dataset().validation()), logits);
            List<GroupEvaluator.SavedStudent> students = students(context);
            GroupEvaluator.Result group = students.isEmpty()
                    ? null
                    : new GroupEvaluator(context, teacher.flops())
                            .evaluate(spec.student().scheme(), students);
            // Other data than the run's have no images that the models have learned.
            RunSummary.Fit fit = DataFingerprint.isTrainedOn(
                            context.dataset(), context.parts().identity().data())
                    ? context.fit(teacher, teacherBatches, group, groupBatches)
                    : null;
            return new Evaluated(row, logits, group, fit);
        }
    }

    /** The students that are finished. */
    private static List<GroupEvaluator.SavedStudent> students(RunContext context) {
        return GroupEvaluator.SavedStudent.of(
                context.folder(),
                context.spec().models().subList(0, context.parts().students()));
    }

    /** The summary that the whole run has left; empty where it did not end, or has gone on since. */
    private static Optional<RunSummary> written(RunContext context) {
        try {
            byte[] json = Files.readAllBytes(context.folder().summary());
            RunSummary summary = read(json, context.folder().summary().toString());
            return Optional.of(summary)
                    .filter(found -> found.students().size() == context.parts().students());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static RunSummary read(byte[] json, String file) {
        try {
            return SummaryJson.read(json, file);
        } catch (InputException unreadable) {
            throw new InputException(
                    new Problem(
                            unreadable.problem().text(),
                            "remove the file: the report can do without, except for controls and times"),
                    unreadable);
        }
    }

    private static String lastStudent(RunContext context) {
        int students = context.parts().students();
        return students == 0 ? "" : context.spec().students().get(students - 1).name();
    }

    private static double lastAccuracy(List<EpochRecord> epochs, String stage) {
        return epochs.stream()
                .filter(epoch -> epoch.stage().equals(stage))
                .mapToDouble(EpochRecord::trainAccuracy)
                .reduce(Double.NaN, (before, last) -> last);
    }

    /** From the epochs alone: caching and evaluation are not among them. */
    private static RunSummary.Timing timing(RunContext context, List<EpochRecord> epochs) {
        List<Trainer.Result> students = context.spec().students().stream()
                .limit(context.parts().students())
                .map(student -> EpochLog.result(epochs, student.name(), () -> Double.NaN))
                .toList();
        Trainer.Result teacher = EpochLog.result(epochs, TeacherStage.STAGE, () -> Double.NaN);
        double total = epochs.stream().mapToDouble(EpochRecord::seconds).sum();
        return new RunSummary.Timing(
                total,
                teacher.seconds(),
                0,
                students.stream().map(Trainer.Result::seconds).toList(),
                0,
                teacher.imagesPerSecond(),
                students.stream().map(Trainer.Result::imagesPerSecond).toList());
    }
}
