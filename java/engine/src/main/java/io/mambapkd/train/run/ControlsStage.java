package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.results.GroupComparison;
import io.mambapkd.results.RunSummary;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.TrainingData;
import io.mambapkd.train.settings.GroupSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.StudentSettings;
import io.mambapkd.train.settings.TeacherSettings;
import io.mambapkd.train.step.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Trains the honest controls on the same cached copies, with the same teacher and loss, and with the epochs and batch of the student in whose place they are: one student of about the group's
 * FLOPs; the same group without the scan, and without scan and convolution; a plain CNN of about the group's FLOPs.
 */
final class ControlsStage {
    private static final int FIRST_MODEL = 100;
    static final String CNN = "cnn";
    /** Of the plain CNN where the teacher's are those of another optimizer: as in the recipe of such a teacher. */
    private static final double LEARNING_RATE = 0.004;

    private static final double WEIGHT_DECAY = 0.02;

    private final RunContext context;
    private final CopyCache cache;
    private final EpochLog log;
    private final FinishedStages finished;
    private final long teacherFlops;

    ControlsStage(RunContext context, CopyCache cache, EpochLog log, FinishedStages finished, long teacherFlops) {
        this.context = context;
        this.cache = cache;
        this.log = log;
        this.finished = finished;
        this.teacherFlops = teacherFlops;
    }

    /**
     * @param group what the controls are compared with
     */
    List<RunSummary.Control> run(GroupEvaluator.Result group) {
        List<RunSummary.Control> rows = new ArrayList<>();
        rows.add(singleStudent(group));
        rows.add(withMixer("group-conv", MixerSpec.Kind.CONV, FIRST_MODEL + 100, group));
        rows.add(withMixer("group-none", MixerSpec.Kind.NONE, FIRST_MODEL + 200, group));
        rows.add(plainCnn(group));
        return List.copyOf(rows);
    }

    private RunSummary.Control singleStudent(GroupEvaluator.Result group) {
        RunSpec spec = context.spec();
        StudentSettings last = last();
        List<StudentSpec> models = spec.models();
        StudentSpec student = Controls.singleStudent(
                models.get(models.size() - 1), context.dataset().training().shape(), context.classes(), group.flops());
        GroupTrainer.StudentTraining training =
                GroupTrainer.StudentTraining.like(last, spec.student(), student, FIRST_MODEL);
        String description = "one student alone, " + student.modelWidth() + " wide, " + student.blocks()
                + (student.blocks() == 1 ? " block" : " blocks");
        return students("single-student", description, Scheme.PLAIN, List.of(training), group);
    }

    /** Whose epochs and batch the models of the whole group's cost are trained with. */
    private StudentSettings last() {
        List<StudentSettings> students = context.spec().students();
        return students.get(students.size() - 1);
    }

    private RunSummary.Control withMixer(
            String kind, MixerSpec.Kind mixer, int firstModel, GroupEvaluator.Result group) {
        RunSpec spec = context.spec();
        String description = "the same " + spec.students().size() + " students "
                + (mixer == MixerSpec.Kind.CONV ? "without the scan" : "without scan and convolution");
        return students(
                kind, description, spec.student().scheme(), GroupTrainer.trainings(spec, mixer, firstModel), group);
    }

    private RunSummary.Control students(
            String kind,
            String description,
            Scheme scheme,
            List<GroupTrainer.StudentTraining> trainings,
            GroupEvaluator.Result group) {
        String prefix = FinishedStages.control(kind, "");
        List<GroupEvaluator.SavedStudent> students = new ArrayList<>();
        double[] seconds = new double[1];
        new GroupTrainer(context, cache, log).train(prefix, scheme, trainings, new GroupTrainer.Members() {
            private Path file(int index) {
                return context.folder().control(kind + "-" + (index + 1));
            }

            @Override
            public @Nullable Path finished(int index) {
                return finished.has(prefix + trainings.get(index).spec().name()) ? file(index) : null;
            }

            @Override
            public void trained(int index, MambaStudent student, Trainer.Result result) {
                context.models().saveControl(file(index), kind, index + 1, student.name(), student.parameters());
                taken(index, result);
            }

            @Override
            public void taken(int index, Trainer.Result result) {
                students.add(
                        new GroupEvaluator.SavedStudent(trainings.get(index).spec(), file(index)));
                seconds[0] += result.seconds();
            }
        });
        GroupEvaluator.Result result = new GroupEvaluator(context, teacherFlops).evaluate(scheme, students);
        RunSummary.Student whole = result.whole();
        return new RunSummary.Control(
                kind,
                description,
                result.parameters(),
                whole.cumulativeFlopsRatio(),
                whole.cumulativeValidationAccuracy(),
                whole.cumulativeTestAccuracy(),
                seconds[0],
                Optional.of(comparison(group, sample -> result.test().answer(sample), result.flops())));
    }

    private RunSummary.Control plainCnn(GroupEvaluator.Result group) {
        RunSpec spec = context.spec();
        Backend backend = context.backend();
        ImageShape image = context.dataset().training().shape();
        CnnSpec narrow = Controls.plainCnn(spec.teacher().spec(), image, context.classes(), group.flops());
        int batch = last().batch(spec.student());
        Path file = context.folder().control(CNN);
        String stage = FinishedStages.control(CNN, CNN);
        try (CnnTeacher cnn = new CnnTeacher(backend, narrow, image, context.classes(), batch, spec.seed())) {
            DoubleSupplier accuracy =
                    () -> context.accuracy(cnn, context.dataset().validation());
            Trainer.Result result;
            if (finished.has(stage)) {
                Checkpoint.load(file, cnn.parameters(), backend);
                result = log.finished(stage, accuracy);
            } else {
                result = train(cnn, stage, accuracy);
                context.models().saveControl(file, CNN, 1, CNN, cnn.parameters());
                context.saves().stageFinished();
            }
            ImageSet test = context.testImages();
            float[] logits = context.logits(cnn, test);
            return new RunSummary.Control(
                    CNN,
                    "a plain CNN, channels " + narrow.channels(),
                    cnn.parameters().count(),
                    (double) cnn.flops() / teacherFlops,
                    result.validationAccuracy(),
                    GroupPredictions.accuracy(logits, test.labels(), test.classes()),
                    result.seconds(),
                    Optional.of(comparison(
                            group, sample -> GroupPredictions.answer(logits, sample, test.classes()), cnn.flops())));
        }
    }

    /** @param answer of the control to a test image */
    private static GroupComparison comparison(GroupEvaluator.Result group, IntUnaryOperator answer, long flops) {
        GroupPredictions test = group.test();
        int onlyGroup = 0;
        int onlyControl = 0;
        for (int sample = 0; sample < test.samples(); sample++) {
            boolean byGroup = test.answer(sample) == test.label(sample);
            boolean byControl = answer.applyAsInt(sample) == test.label(sample);
            if (byGroup && !byControl) {
                onlyGroup++;
            } else if (byControl && !byGroup) {
                onlyControl++;
            }
        }
        return GroupComparison.of(test.samples(), onlyGroup, onlyControl, 1 - (double) flops / group.flops());
    }

    private Trainer.Result train(CnnTeacher cnn, String stage, DoubleSupplier accuracy) {
        RunSpec spec = context.spec();
        GroupSettings common = spec.student();
        int model = FIRST_MODEL + 300;
        cnn.parameters().initialise(spec.seed(), model);
        boolean ofAdamW = spec.teacher().optimizer() == TeacherSettings.OptimizerKind.ADAMW;
        Trainer.Plan plan = new Trainer.Plan(
                stage,
                last().epochs(common),
                ofAdamW ? spec.teacher().learningRate() : LEARNING_RATE,
                common.schedule(),
                common.warmup(),
                TeacherStage.BETA_2,
                ofAdamW ? spec.teacher().weightDecay() : WEIGHT_DECAY,
                Double.POSITIVE_INFINITY,
                new DistillationLossOps.Options(common.alpha(), common.temperature(), 0, 0, 1));
        float[] weights = spec.classWeights().of(context.dataset().training().labels(), cache.samples());
        try (BatchSource batches =
                cache.batches(Set.of(TrainingData.Extra.TEACHER), weights, last().batch(common), model)) {
            return context.trainer().train(cnn, plan, batches, accuracy);
        }
    }
}
