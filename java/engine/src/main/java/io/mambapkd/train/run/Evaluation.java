package io.mambapkd.train.run;

import io.mambapkd.InputException;
import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Gather;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.ops.Backend;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.feed.Predictor;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Evaluates a finished run again, from its checkpoints. Writes nothing. */
public final class Evaluation {
    private Evaluation() {}

    /**
     * @param spec the run's config.yaml
     * @param folder the run folder
     * @return a summary with the accuracies just computed, without controls; times are those of this evaluation
     * @throws InputException if a checkpoint is missing, damaged, or of another architecture
     */
    public static RunSummary evaluate(
            RunSpec spec,
            Dataset dataset,
            Backend backend,
            int threads,
            String deviceDescription,
            RunFolder folder,
            RunListener listener) {
        long start = System.nanoTime();
        listener.stageStarted("evaluation");
        Predictor predictor = new Predictor(backend, new Gather(dataset), listener);
        RunHeader header = new RunHeader(spec, dataset, backend, deviceDescription, threads);
        int classes = dataset.training().classes();
        try (CnnTeacher teacher =
                TeacherStage.create(backend, spec, dataset, spec.teacher().batch())) {
            Checkpoint.load(folder.teacher(), teacher.parameters(), backend);
            ImageSet test = GroupEvaluator.testImages(spec, dataset);
            RunSummary.Teacher row = new RunSummary.Teacher(
                    teacher.parameters().count(),
                    teacher.flops(),
                    GroupPredictions.accuracy(
                            predictor.logits(teacher, dataset.validation()),
                            GroupTrainer.labels(dataset.validation()),
                            classes),
                    GroupPredictions.accuracy(predictor.logits(teacher, test), GroupTrainer.labels(test), classes));
            List<GroupEvaluator.Member> members = members(spec, folder);
            if (members.isEmpty()) {
                return header.summaryOfTeacher(row, timing(start));
            }
            GroupEvaluator.Result group = new GroupEvaluator(backend, spec, dataset, predictor, teacher.flops())
                    .evaluate(spec.student().scheme(), members);
            return header.summary(row, group, List.of(), timing(start));
        }
    }

    /** The students that the folder holds: all, or none where only the teacher was trained. */
    private static List<GroupEvaluator.Member> members(RunSpec spec, RunFolder folder) {
        List<GroupEvaluator.Member> members = new ArrayList<>();
        for (RunSpec.StudentEntry entry : spec.students()) {
            var file = folder.student(members.size() + 1, entry.name());
            if (members.isEmpty() && !Files.exists(file)) {
                return List.of();
            }
            members.add(new GroupEvaluator.Member(entry.spec(spec.student()), file));
        }
        return members;
    }

    private static RunSummary.Timing timing(long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        return new RunSummary.Timing(seconds, 0, 0, List.of(), seconds, 0, List.of());
    }
}
