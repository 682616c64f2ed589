package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Gather;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.Fallback;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.LineLog;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.Predictor;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.Trainer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The whole job, stage by stage: teacher, cache, students, evaluation, controls. It only sequences; what a stage does is in its own class.
 */
public final class DistillRun {
    /** How far a run goes. */
    public enum Extent {
        TEACHER_ONLY,
        GROUP,
        GROUP_AND_CONTROLS
    }

    private final RunSpec spec;
    private final Dataset dataset;
    private final Backend backend;
    private final RunFolder folder;
    private final RunListener listener;
    private final DataPlacement placement;
    private final Predictor predictor;
    private final long start = System.nanoTime();
    private final Set<Fallback> told = new HashSet<>();

    private DistillRun(RunSpec spec, Dataset dataset, Backend backend, RunFolder folder, RunListener listener) {
        this.spec = spec;
        this.dataset = dataset;
        this.backend = backend;
        this.folder = folder;
        this.listener = listener;
        this.placement = new DataPlacement(backend, spec, dataset, listener);
        this.predictor = new Predictor(backend, new Gather(dataset), listener);
    }

    /**
     * Runs the job and writes checkpoints, summary.json and report.html.
     *
     * @param folder a new run folder that already holds config.yaml
     * @param threads CPU threads of the backend, for the summary
     * @param deviceDescription of the backend, with the reason where the program chose it
     * @param extent how far to go
     * @return what summary.json holds
     * @throws io.mambapkd.train.RunStopped if the user asks to stop
     */
    public static RunSummary run(
            RunSpec spec,
            Dataset dataset,
            Backend backend,
            int threads,
            String deviceDescription,
            RunFolder folder,
            Extent extent,
            RunListener listener) {
        RunHeader header = new RunHeader(spec, dataset, backend, deviceDescription, threads);
        try (EpochLog log = new EpochLog(LineLog.open(folder.metrics()), listener)) {
            DistillRun run = new DistillRun(spec, dataset, backend, folder, log);
            try {
                return run.run(header, extent, log);
            } finally {
                run.tellWhatIsNotDeterministic();
            }
        }
    }

    private RunSummary run(RunHeader header, Extent extent, EpochLog log) {
        RunSpec.Student common = spec.student();
        for (RunSpec.StudentEntry student : spec.students()) {
            student.spec(common).tokens(dataset.training().shape());
        }
        try (CnnTeacher teacher =
                TeacherStage.create(backend, spec, dataset, spec.teacher().batch())) {
            Trainer.Result trained =
                    TeacherStage.run(teacher, backend, spec, dataset, folder, placement, predictor, listener);
            tellWhatIsNotDeterministic();
            if (extent == Extent.TEACHER_ONLY) {
                return finishTeacher(header, teacher, trained, log);
            }
            long cachingStart = System.nanoTime();
            listener.stageStarted("caching");
            int samples = TeacherStage.limit("student", common.images(), dataset, common.batch());
            try (CopyCache cache = placement.copies(teacher, samples, predictor)) {
                return group(header, extent, log, teacher, trained, cache, seconds(cachingStart));
            }
        }
    }

    /** Each fallback once: the promise that another run gives the same files is off. */
    private void tellWhatIsNotDeterministic() {
        for (Fallback fallback : backend.fallbacks()) {
            if (!fallback.deterministic() && told.add(fallback)) {
                listener.note(fallback.text() + "; another run of this configuration may give other checkpoints");
            }
        }
    }

    private RunSummary group(
            RunHeader header,
            Extent extent,
            EpochLog log,
            CnnTeacher teacher,
            Trainer.Result trained,
            CopyCache cache,
            double cachingSeconds) {
        GroupTrainer trainer = new GroupTrainer(backend, spec, dataset, cache, predictor, listener);
        List<Trainer.Result> results = new ArrayList<>();
        List<GroupEvaluator.Member> members = trainGroup(trainer, results);

        long evaluationStart = System.nanoTime();
        listener.stageStarted("evaluation");
        GroupEvaluator evaluator = new GroupEvaluator(backend, spec, dataset, predictor, teacher.flops());
        GroupEvaluator.Result group = evaluator.evaluate(spec.student().scheme(), members);
        float[] teacherLogits = predictor.logits(teacher, GroupEvaluator.testImages(spec, dataset));
        double evaluationSeconds = seconds(evaluationStart);

        List<RunSummary.Control> controls =
                extent == Extent.GROUP ? List.of() : controls(cache, trainer, evaluator, teacher, group);
        RunSummary summary = header.summary(
                teacherRow(teacher, trained, teacherLogits),
                group,
                controls,
                timing(trained, cachingSeconds, results, evaluationSeconds));
        RunOutput.write(folder, spec, dataset, summary, log.epochs(), group, teacherLogits);
        return summary;
    }

    private RunSummary finishTeacher(RunHeader header, CnnTeacher teacher, Trainer.Result trained, EpochLog log) {
        long evaluationStart = System.nanoTime();
        listener.stageStarted("evaluation");
        float[] logits = predictor.logits(teacher, GroupEvaluator.testImages(spec, dataset));
        RunSummary summary = header.summaryOfTeacher(
                teacherRow(teacher, trained, logits), timing(trained, 0, List.of(), seconds(evaluationStart)));
        RunOutput.write(folder, spec, dataset, summary, log.epochs(), null, logits);
        return summary;
    }

    private List<GroupEvaluator.Member> trainGroup(GroupTrainer trainer, List<Trainer.Result> results) {
        List<GroupTrainer.Entry> entries =
                GroupTrainer.entries(spec, spec.student().mixer(), 1);
        List<GroupEvaluator.Member> members = new ArrayList<>();
        Scheme scheme = spec.student().scheme();
        trainer.train("", scheme, entries, (index, student, result) -> {
            var file = folder.student(index + 1, student.name());
            Checkpoint.save(file, student.parameters(), backend, Map.of("model", student.name()));
            members.add(new GroupEvaluator.Member(entries.get(index).spec(), file));
            results.add(result);
        });
        return members;
    }

    private List<RunSummary.Control> controls(
            CopyCache cache,
            GroupTrainer trainer,
            GroupEvaluator evaluator,
            CnnTeacher teacher,
            GroupEvaluator.Result group) {
        long groupFlops =
                group.students().stream().mapToLong(RunSummary.Student::flops).sum();
        return new ControlsStage(
                        backend, spec, dataset, folder, cache, trainer, evaluator, predictor, listener, teacher.flops())
                .run(groupFlops);
    }

    private RunSummary.Teacher teacherRow(CnnTeacher teacher, Trainer.Result trained, float[] testLogits) {
        ImageSet test = GroupEvaluator.testImages(spec, dataset);
        return new RunSummary.Teacher(
                teacher.parameters().count(),
                teacher.flops(),
                trained.validationAccuracy(),
                GroupPredictions.accuracy(testLogits, GroupTrainer.labels(test), test.classes()));
    }

    private RunSummary.Timing timing(
            Trainer.Result teacher, double cachingSeconds, List<Trainer.Result> students, double evaluationSeconds) {
        return new RunSummary.Timing(
                seconds(start),
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
