package io.mambapkd.train;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.BoostingWeights;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.train.TrainingData.Extra;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Trains students one after the other as weak learners: student k sees the frozen group of the first k-1 through its cached logits, and gradients reach
 * only student k. The result is one ensemble of which every prefix is a classifier.
 */
final class GroupTrainer {
    /**
     * A student to be trained.
     *
     * @param spec what it is
     * @param learningRate peak of its schedule
     * @param model number that tells the models of a run apart, for random draws
     */
    record Entry(StudentSpec spec, double learningRate, int model) {}

    /** Receives every student when it is trained, before its memory goes. */
    @FunctionalInterface
    interface Sink {
        void trained(int index, MambaStudent student, Trainer.Result result);
    }

    private static final double BETA_2 = 0.99;

    private final Backend backend;
    private final RunSpec spec;
    private final Dataset dataset;
    private final CopyCache cache;
    private final Predictor predictor;
    private final RunListener listener;

    GroupTrainer(
            Backend backend,
            RunSpec spec,
            Dataset dataset,
            CopyCache cache,
            Predictor predictor,
            RunListener listener) {
        this.backend = backend;
        this.spec = spec;
        this.dataset = dataset;
        this.cache = cache;
        this.predictor = predictor;
        this.listener = listener;
    }

    /**
     * @param stagePrefix put before the students' names in metrics
     * @param scheme how they join
     * @return the group's predictions on the validation images
     */
    GroupPredictions train(String stagePrefix, Scheme scheme, List<Entry> entries, Sink sink) {
        int classes = dataset.training().classes();
        int batch = spec.student().batch();
        GroupPredictions validation = new GroupPredictions(labels(dataset.validation()), classes);
        cache.clearGroup();
        BoostingWeights boosting = scheme == Scheme.BDISTIL ? new BoostingWeights(cache.samples(), classes) : null;
        for (int index = 0; index < entries.size(); index++) {
            Entry entry = entries.get(index);
            double keep = scheme.ensembleWeight(index + 1, spec.student().blend());
            double weight = scheme.studentWeight(index + 1, spec.student().blend());
            boolean alone = index == 0 || scheme.trainsAlone();
            Set<Extra> extras = EnumSet.of(Extra.TEACHER);
            if (!alone) {
                extras.add(Extra.ENSEMBLE);
            }
            if (boosting != null && index > 0) {
                extras.add(Extra.WEIGHTS);
            }
            try (MambaStudent student = new MambaStudent(
                            backend, entry.spec(), dataset.training().shape(), classes, batch);
                    BatchSource batches = cache.batches(extras, boosting, batch, entry.model())) {
                student.parameters().initialise(spec.seed(), entry.model());
                Trainer.Result result = new Trainer(backend, listener)
                        .train(
                                student,
                                plan(spec, stagePrefix, entry, alone ? 0 : keep, alone ? 1 : weight),
                                batches,
                                () -> validation.accuracyWith(
                                        predictor.logits(student, dataset.validation()), keep, weight));
                validation.join(predictor.logits(student, dataset.validation()), keep, weight);
                sink.trained(index, student, result);
                if (index < entries.size() - 1) {
                    cache.join(student, keep, weight);
                    if (boosting != null) {
                        boosting.update(cache.cleanLogits(student), cache.cleanTeacherLogits());
                    }
                }
            }
        }
        return validation;
    }

    /** How a student of a run is trained, with these weights of the frozen group and of its own in the ensemble. */
    static Trainer.Plan plan(
            RunSpec spec, String stagePrefix, Entry entry, double ensembleWeight, double studentWeight) {
        RunSpec.Student common = spec.student();
        return new Trainer.Plan(
                stagePrefix + entry.spec().name(),
                common.epochs(),
                entry.learningRate(),
                common.warmup(),
                BETA_2,
                common.weightDecay(),
                common.clip(),
                new DistillationLossOps.Options(
                        common.alpha(), common.temperature(), 0, ensembleWeight, studentWeight));
    }

    static int[] labels(ImageSet images) {
        int[] labels = new int[images.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = images.label(i);
        }
        return labels;
    }

    /** The students of a run, in order; their models are numbered from {@code firstModel}. */
    static List<Entry> entries(RunSpec spec, StudentSpec.Mixer mixer, int firstModel) {
        List<Entry> entries = new ArrayList<>();
        for (RunSpec.StudentEntry student : spec.students()) {
            entries.add(new Entry(
                    student.spec(spec.student()).with(mixer), student.learningRate(), firstModel + entries.size()));
        }
        return entries;
    }
}
