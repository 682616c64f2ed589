package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.BoostingWeights;
import io.mambapkd.distill.ClassWeights;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.TrainingData.Extra;
import io.mambapkd.train.settings.GroupSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.StudentSettings;
import io.mambapkd.train.step.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains students one after the other as weak learners: student k sees the frozen group of the first k-1 through its cached logits, and gradients reach
 * only student k. The result is one ensemble of which every prefix is a classifier.
 */
public final class GroupTrainer {
    /**
     * How a student is trained.
     *
     * @param spec what it is
     * @param learningRate peak of its schedule
     * @param epochs passes over the training images
     * @param batch images per step
     * @param model number that tells the models of a run apart, for random draws
     */
    public record StudentTraining(StudentSpec spec, double learningRate, int epochs, int batch, int model) {
        /** Of a model that is trained like a student of the run. */
        static StudentTraining like(StudentSettings student, GroupSettings common, StudentSpec spec, int model) {
            return new StudentTraining(
                    spec, student.learningRate(), student.epochs(common), student.batch(common), model);
        }
    }

    /** The students of a group, by index from 0. */
    interface Members {
        /** The checkpoint of one that was trained before; null where it is to be trained. */
        @Nullable
        Path finished(int index);

        /** A student that was not finished is trained now; its memory goes when this returns. */
        void trained(int index, MambaStudent student, Trainer.Result result);

        /** The same for one that was. */
        void taken(int index, Trainer.Result result);
    }

    private static final double BETA_2 = 0.99;

    private final RunContext context;
    private final CopyCache cache;
    private final EpochLog log;

    GroupTrainer(RunContext context, CopyCache cache, EpochLog log) {
        this.context = context;
        this.cache = cache;
        this.log = log;
    }

    /**
     * @param stagePrefix put before the students' names in metrics
     * @param scheme how they join
     * @param members takes them
     */
    void train(String stagePrefix, Scheme scheme, List<StudentTraining> trainings, Members members) {
        RunSpec spec = context.spec();
        ImageSet images = context.dataset().validation();
        GroupPredictions validation = new GroupPredictions(images.labels(), images.classes());
        cache.clearGroup();
        float[] classWeights =
                spec.classWeights().of(context.dataset().training().labels(), cache.samples());
        BoostingWeights boosting =
                scheme == Scheme.BDISTIL ? new BoostingWeights(cache.samples(), images.classes()) : null;
        for (int index = 0; index < trainings.size(); index++) {
            StudentTraining training = trainings.get(index);
            double keep = scheme.ensembleWeight(index + 1, spec.student().blend());
            double weight = scheme.studentWeight(index + 1, spec.student().blend());
            float[] weights = ClassWeights.product(classWeights, index == 0 ? null : boosting);
            try (MambaStudent student = student(context.backend(), spec, context.dataset(), training)) {
                Path checkpoint = members.finished(index);
                DoubleSupplier accuracy =
                        () -> validation.accuracyWith(context.logits(student, images, validation), keep, weight);
                Trainer.Plan plan = plan(spec, stagePrefix, scheme, training, index);
                if (checkpoint == null) {
                    Trainer.Result result =
                            train(student, plan, training, extras(scheme, index, training), weights, accuracy);
                    members.trained(index, student, result);
                    context.saves().stageFinished();
                } else {
                    Checkpoint.load(checkpoint, student.parameters(), context.backend(), context.listener()::note);
                    members.taken(index, log.finished(plan.stage(), accuracy));
                }
                validation.join(context.logits(student, images, validation), keep, weight);
                if (index < trainings.size() - 1) {
                    if (boosting != null) {
                        boosting.update(cache.cleanLogits(student), cache.cleanTeacherLogits());
                    }
                    cache.join(student, keep, weight);
                }
            }
        }
    }

    private Trainer.Result train(
            MambaStudent student,
            Trainer.Plan plan,
            StudentTraining training,
            Set<Extra> extras,
            float @Nullable [] weights,
            DoubleSupplier accuracy) {
        try (BatchSource batches = cache.batches(extras, weights, training.batch(), training.model())) {
            return context.trainer().train(student, plan, batches, accuracy);
        }
    }

    /** The untrained student. */
    public static MambaStudent student(Backend backend, RunSpec spec, Dataset dataset, StudentTraining training) {
        ImageSet images = dataset.training();
        MambaStudent student =
                new MambaStudent(backend, training.spec(), images.shape(), images.classes(), training.batch());
        student.parameters().initialise(spec.seed(), training.model());
        return student;
    }

    private static boolean trainsAlone(Scheme scheme, int index) {
        return index == 0 || scheme.trainsAlone();
    }

    /** The logits that the student at {@code index} of the group is trained on, or reads, beside images and labels. */
    public static Set<Extra> extras(Scheme scheme, int index, StudentTraining training) {
        Set<Extra> extras = EnumSet.of(Extra.TEACHER);
        if (!trainsAlone(scheme, index) || training.spec().reuse() == StudentSpec.Reuse.LOGITS) {
            extras.add(Extra.ENSEMBLE);
        }
        return extras;
    }

    /** How the student at {@code index} of the group is trained. */
    public static Trainer.Plan plan(
            RunSpec spec, String stagePrefix, Scheme scheme, StudentTraining training, int index) {
        boolean alone = trainsAlone(scheme, index);
        GroupSettings common = spec.student();
        return new Trainer.Plan(
                stagePrefix + training.spec().name(),
                training.epochs(),
                training.learningRate(),
                common.schedule(),
                common.warmup(),
                BETA_2,
                common.weightDecay(),
                common.clip(),
                new DistillationLossOps.Options(
                        common.alpha(),
                        common.temperature(),
                        0,
                        alone ? 0 : scheme.ensembleWeight(index + 1, common.blend()),
                        alone ? 1 : scheme.studentWeight(index + 1, common.blend())));
    }

    /** The students of a run, in order; their models are numbered from {@code firstModel}. */
    public static List<StudentTraining> trainings(RunSpec spec, MixerSpec.Kind mixer, int firstModel) {
        List<StudentTraining> trainings = new ArrayList<>();
        for (int i = 0; i < spec.students().size(); i++) {
            StudentSpec model = spec.models().get(i).with(mixer);
            trainings.add(StudentTraining.like(spec.students().get(i), spec.student(), model, firstModel + i));
        }
        return trainings;
    }
}
