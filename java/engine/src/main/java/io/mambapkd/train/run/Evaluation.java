package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Evaluates a finished run again, from its checkpoints. Writes nothing. */
public final class Evaluation {
    private Evaluation() {}

    /**
     * @param context whose spec is the run's config.yaml
     * @return a summary with the accuracies just computed, without controls; times are those of this evaluation
     * @throws io.mambapkd.InputException if a checkpoint is missing, damaged, or of another architecture
     */
    public static RunSummary evaluate(RunContext context) {
        long start = System.nanoTime();
        context.listener().stageStarted("evaluation");
        RunSpec spec = context.spec();
        try (CnnTeacher teacher = TeacherStage.create(context.backend(), spec, context.dataset())) {
            Checkpoint.load(
                    context.folder().teacher(), teacher.parameters(), context.backend(), context.listener()::note);
            ImageSet test = context.testImages();
            float[] logits = context.logits(teacher, test);
            RunSummary.Teacher row = new RunSummary.Teacher(
                    teacher.parameters().count(),
                    teacher.flops(),
                    context.accuracy(teacher, context.dataset().validation()),
                    GroupPredictions.accuracy(logits, test.labels(), test.classes()));
            List<GroupEvaluator.SavedStudent> students = students(spec, context.folder());
            GroupEvaluator.Result group = students.isEmpty()
                    ? null
                    : new GroupEvaluator(context, teacher.flops())
                            .evaluate(spec.student().scheme(), students);
            return context.summary(row, logits, group, List.of(), timing(start));
        }
    }

    /** The students that the folder holds: all, or none where only the teacher was trained. */
    private static List<GroupEvaluator.SavedStudent> students(RunSpec spec, RunFolder folder) {
        List<GroupEvaluator.SavedStudent> students = new ArrayList<>();
        for (RunSpec.StudentSettings entry : spec.students()) {
            var file = folder.student(students.size() + 1, entry.name());
            if (students.isEmpty() && !Files.exists(file)) {
                return List.of();
            }
            students.add(new GroupEvaluator.SavedStudent(entry.spec(spec.student()), file));
        }
        return students;
    }

    private static RunSummary.Timing timing(long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        return new RunSummary.Timing(seconds, 0, 0, List.of(), seconds, 0, List.of());
    }
}
