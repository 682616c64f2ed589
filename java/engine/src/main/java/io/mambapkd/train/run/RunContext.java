package io.mambapkd.train.run;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.Flops;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.RunListener;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.Predictor;
import io.mambapkd.train.identity.ModelFiles;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.Trainer;
import io.mambapkd.train.step.TrainingSaves;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What every stage of a run works with.
 *
 * @param backend computes
 * @param device description of the backend, with the reason where the program chose it
 * @param threads CPU threads of the backend
 * @param spec the settings; the run folder's config.yaml
 * @param dataset that the settings name
 * @param folder of the run
 * @param parts what is finished in it
 * @param listener hears what the stages do
 * @param saves keeps the states of the trainings
 */
public record RunContext(
        Backend backend,
        String device,
        int threads,
        RunSpec spec,
        Dataset dataset,
        RunFolder folder,
        RunParts parts,
        RunListener listener,
        TrainingSaves saves) {

    /** Of a run that keeps no states. */
    public RunContext(
            Backend backend,
            String device,
            int threads,
            RunSpec spec,
            Dataset dataset,
            RunFolder folder,
            RunParts parts,
            RunListener listener) {
        this(backend, device, threads, spec, dataset, folder, parts, listener, TrainingSaves.NONE);
    }

    /** Most training images that models are evaluated on: enough to tell an accuracy to half a point. */
    public static final int FIT_IMAGES = 10_000;

    RunContext withListener(RunListener other) {
        return new RunContext(backend, device, threads, spec, dataset, folder, parts, other, saves);
    }

    /** Writes checkpoints. */
    ModelFiles models() {
        return new ModelFiles(folder, parts.identity(), backend);
    }

    Trainer trainer() {
        return new Trainer(backend, listener, saves);
    }

    DataPlacement placement() {
        return new DataPlacement(backend, spec, dataset, listener);
    }

    /** K. */
    int classes() {
        return dataset.training().classes();
    }

    /** FLOPs of a student for one image. */
    long flops(StudentSpec student) {
        return Flops.student(student, testImages().shape(), classes()).total();
    }

    /** FLOPs of the teacher for one image, by its settings. */
    long teacherFlops() {
        return Flops.teacher(spec.teacher().spec(), testImages().shape(), classes())
                .total();
    }

    /** The test images that the run evaluates. */
    ImageSet testImages() {
        int limit = spec.testImages();
        return limit == 0 || limit >= dataset.test().size()
                ? dataset.test()
                : dataset.test().range(0, limit);
    }

    /**
     * Training images that models are evaluated on, spread over all that they learn from.
     *
     * @param images how many those are, from the start; 0 for all
     */
    ImageSet trainingSample(int images) {
        ImageSet all = dataset.training();
        return (images == 0 || images >= all.size() ? all : all.range(0, images)).spread(FIT_IMAGES);
    }

    /**
     * How the models do on images that they have learned.
     *
     * @param teacherBatches accuracy of the teacher on the batches of its last epoch; NaN where it is not known
     * @param group null where only the teacher was trained
     * @param groupBatches the same of the group
     */
    RunSummary.Fit fit(
            Classifier teacher, double teacherBatches, GroupEvaluator.@Nullable Result group, double groupBatches) {
        ImageSet sample = trainingSample(spec.teacher().images());
        return new RunSummary.Fit(
                sample.size(),
                accuracy(teacher, sample),
                Double.isNaN(teacherBatches) ? null : teacherBatches,
                group == null ? 0 : trainingSample(spec.student().images()).size(),
                group == null ? null : group.trainingAccuracy(),
                group == null || Double.isNaN(groupBatches) ? null : groupBatches);
    }

    /** Logits (n, K) of a model on a whole set. */
    float[] logits(Classifier model, ImageSet images) {
        return new Predictor(backend, dataset, listener).logits(model, images);
    }

    /**
     * Logits (n, K) of the next student of a group on a whole set.
     *
     * @param before of the group without it, on the same set
     */
    float[] logits(Classifier student, ImageSet images, GroupPredictions before) {
        return new Predictor(backend, dataset, listener).logits(student, images, before.group());
    }

    /**
     * The row of the teacher, with its accuracy on several views of each image where the settings ask for them.
     *
     * @param testLogits on the test images
     */
    RunSummary.Teacher teacher(Classifier teacher, double validationAccuracy, float[] testLogits) {
        ImageSet test = testImages();
        return new RunSummary.Teacher(
                teacher.parameters().count(),
                teacher.flops(),
                validationAccuracy,
                GroupPredictions.accuracy(testLogits, test.labels(), test.classes()),
                spec.teacher().views() == 1
                        ? Optional.empty()
                        : Optional.of(new RunSummary.Views(
                                spec.teacher().views(),
                                viewedAccuracy(teacher, dataset.validation()),
                                viewedAccuracy(teacher, test))));
    }

    private double viewedAccuracy(Classifier model, ImageSet images) {
        float[] logits = new Predictor(backend, dataset, listener)
                .logits(model, images, spec.teacher().views());
        return GroupPredictions.accuracy(logits, images.labels(), images.classes());
    }

    /** Share of a set's images that a model classifies correctly, in 0..1. */
    double accuracy(Classifier model, ImageSet images) {
        return GroupPredictions.accuracy(logits(model, images), images.labels(), images.classes());
    }

    /**
     * @param teacherLogits of the teacher on the test images
     * @param group null where only the teacher was trained
     */
    RunSummary summary(
            RunSummary.Teacher teacher,
            float[] teacherLogits,
            GroupEvaluator.@Nullable Result group,
            RunSummary.@Nullable Fit fit,
            List<RunSummary.Control> controls,
            RunSummary.Timing timing) {
        List<List<Integer>> confusion = group == null ? List.of() : group.test().confusion();
        List<List<Integer>> exit = group == null ? List.of() : group.test().confusion(group.chosenThreshold());
        List<List<Integer>> ofTeacher =
                GroupPredictions.confusion(teacherLogits, testImages().labels(), classes());
        return new RunSummary(
                RunSummary.FORMAT_VERSION,
                dataset.name(),
                backend.name(),
                device,
                spec.seed(),
                threads,
                dataset.training().size(),
                dataset.calibrationImages(),
                dataset.validation().size(),
                testImages().size(),
                teacher,
                group == null ? List.of() : group.students(),
                group == null ? List.of() : group.earlyExit(),
                group == null ? 1 : group.chosenThreshold(),
                controls,
                confusion,
                exit,
                ofTeacher,
                dataset.classNames(),
                RunSummary.PerClass.of(confusion, exit, ofTeacher),
                timing,
                backend.fallbacks().stream()
                        .map(fallback -> new RunSummary.Fallback(fallback.text(), fallback.deterministic()))
                        .toList(),
                fit,
                parts.identity().data());
    }
}
