package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.nn.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.results.RunSummary;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.TrainingData;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Trains the honest controls on the same cached copies, with the same teacher, loss, epochs and batch as the group: one student of about the group's
 * FLOPs; the same group without the scan, and without scan and convolution; a plain CNN of about the group's FLOPs.
 */
final class ControlsStage {
    private static final int FIRST_MODEL = 100;

    private final RunContext context;
    private final CopyCache cache;
    private final long teacherFlops;

    ControlsStage(RunContext context, CopyCache cache, long teacherFlops) {
        this.context = context;
        this.cache = cache;
        this.teacherFlops = teacherFlops;
    }

    /**
     * @param groupFlops FLOPs of the whole group, for one image
     */
    List<RunSummary.Control> run(long groupFlops) {
        List<RunSummary.Control> rows = new ArrayList<>();
        rows.add(singleStudent(groupFlops));
        rows.add(group("group-conv", MixerSpec.Kind.CONV, FIRST_MODEL + 100));
        rows.add(group("group-none", MixerSpec.Kind.NONE, FIRST_MODEL + 200));
        rows.add(plainCnn(groupFlops));
        return List.copyOf(rows);
    }

    private RunSummary.Control singleStudent(long groupFlops) {
        RunSpec spec = context.spec();
        RunSpec.StudentSettings last = spec.students().get(spec.students().size() - 1);
        StudentSpec student = Controls.singleStudent(
                last.spec(spec.student()), context.dataset().training().shape(), context.classes(), groupFlops);
        GroupTrainer.StudentTraining training =
                new GroupTrainer.StudentTraining(student, last.learningRate(), FIRST_MODEL);
        String description = "one student alone, " + student.modelWidth() + " wide, " + student.blocks()
                + (student.blocks() == 1 ? " block" : " blocks");
        return students("single-student", description, Scheme.PLAIN, List.of(training));
    }

    private RunSummary.Control group(String kind, MixerSpec.Kind mixer, int firstModel) {
        RunSpec spec = context.spec();
        String description = "the same " + spec.students().size() + " students "
                + (mixer == MixerSpec.Kind.CONV ? "without the scan" : "without scan and convolution");
        return students(kind, description, spec.student().scheme(), GroupTrainer.trainings(spec, mixer, firstModel));
    }

    private RunSummary.Control students(
            String kind, String description, Scheme scheme, List<GroupTrainer.StudentTraining> trainings) {
        long start = System.nanoTime();
        String prefix = "control/" + kind + "/";
        List<GroupEvaluator.SavedStudent> students = new ArrayList<>();
        new GroupTrainer(context, cache).train(prefix, scheme, trainings, (index, student, result) -> {
            var file = context.folder().control(kind + "-" + (index + 1));
            Checkpoint.save(
                    file, student.parameters(), context.backend(), Map.of("model", student.name(), "control", kind));
            students.add(new GroupEvaluator.SavedStudent(trainings.get(index).spec(), file));
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        GroupEvaluator.Result result = new GroupEvaluator(context, teacherFlops).evaluate(scheme, students);
        RunSummary.Student whole = result.whole();
        return new RunSummary.Control(
                kind,
                description,
                result.parameters(),
                whole.cumulativeFlopsRatio(),
                whole.cumulativeValidationAccuracy(),
                whole.cumulativeTestAccuracy(),
                seconds);
    }

    private RunSummary.Control plainCnn(long groupFlops) {
        long start = System.nanoTime();
        RunSpec spec = context.spec();
        Backend backend = context.backend();
        ImageShape image = context.dataset().training().shape();
        TeacherSpec narrow = Controls.plainCnn(spec.teacher().spec(), image, context.classes(), groupFlops);
        RunSpec.GroupSettings common = spec.student();
        int model = FIRST_MODEL + 300;
        float[] weights = spec.classWeights().of(context.dataset().training().labels(), cache.samples());
        try (CnnTeacher cnn = new CnnTeacher(backend, narrow, image, context.classes(), common.batch(), spec.seed());
                BatchSource batches =
                        cache.batches(Set.of(TrainingData.Extra.TEACHER), weights, common.batch(), model)) {
            cnn.parameters().initialise(spec.seed(), model);
            Trainer.Plan plan = new Trainer.Plan(
                    "control/cnn",
                    common.epochs(),
                    spec.teacher().learningRate(),
                    common.warmup(),
                    TeacherStage.BETA_2,
                    spec.teacher().weightDecay(),
                    Double.POSITIVE_INFINITY,
                    new DistillationLossOps.Options(common.alpha(), common.temperature(), 0, 0, 1));
            Trainer.Result result = new Trainer(backend, context.listener())
                    .train(
                            cnn,
                            plan,
                            batches,
                            () -> context.accuracy(cnn, context.dataset().validation()));
            double seconds = (System.nanoTime() - start) / 1e9;
            Checkpoint.save(context.folder().control("cnn"), cnn.parameters(), backend, Map.of("control", "cnn"));
            return new RunSummary.Control(
                    "cnn",
                    "a plain CNN, channels " + narrow.channels(),
                    cnn.parameters().count(),
                    (double) cnn.flops() / teacherFlops,
                    result.validationAccuracy(),
                    context.accuracy(cnn, context.testImages()),
                    seconds);
        }
    }
}
