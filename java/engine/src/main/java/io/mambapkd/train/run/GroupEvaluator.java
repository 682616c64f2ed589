package io.mambapkd.train.run;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.EarlyExit;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.Flops;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.results.RunSummary;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Evaluates a trained group from its checkpoints, so that what is reported is what was saved. */
final class GroupEvaluator {
    /**
     * A trained student on disk.
     *
     * @param spec what it is
     * @param checkpoint its file
     */
    record SavedStudent(StudentSpec spec, Path checkpoint) {}

    /**
     * What a group comes to.
     *
     * @param students a row each
     * @param earlyExit a row for each threshold
     * @param chosenThreshold on the validation images
     * @param test predictions on the test images
     * @param trainingAccuracy of the whole group on {@link RunContext#trainingSample}
     */
    record Result(
            List<RunSummary.Student> students,
            List<RunSummary.EarlyExitRow> earlyExit,
            double chosenThreshold,
            GroupPredictions test,
            double trainingAccuracy) {
        /** Parameters of all students together. */
        long parameters() {
            return students.stream().mapToLong(RunSummary.Student::parameters).sum();
        }

        /** FLOPs of all students together, for one image. */
        long flops() {
            return students.stream().mapToLong(RunSummary.Student::flops).sum();
        }

        /** The row of the whole group. */
        RunSummary.Student whole() {
            return students.get(students.size() - 1);
        }
    }

    private final RunContext context;
    private final long teacherFlops;

    GroupEvaluator(RunContext context, long teacherFlops) {
        this.context = context;
        this.teacherFlops = teacherFlops;
    }

    Result evaluate(Scheme scheme, List<SavedStudent> saved) {
        RunSpec spec = context.spec();
        ImageSet validationImages = context.dataset().validation();
        ImageSet testImages = context.testImages();
        GroupPredictions validation = new GroupPredictions(validationImages.labels(), context.classes());
        GroupPredictions test = new GroupPredictions(testImages.labels(), context.classes());
        ImageSet trainingImages = context.trainingSample(spec.student().images());
        GroupPredictions training = new GroupPredictions(trainingImages.labels(), context.classes());
        List<Long> flops = new ArrayList<>();
        List<Long> parameters = new ArrayList<>();
        for (int k = 0; k < saved.size(); k++) {
            SavedStudent member = saved.get(k);
            double keep = scheme.ensembleWeight(k + 1, spec.student().blend());
            double weight = scheme.studentWeight(k + 1, spec.student().blend());
            try (Classifier student = new MambaStudent(
                    context.backend(),
                    member.spec(),
                    testImages.shape(),
                    testImages.classes(),
                    spec.student().batch())) {
                Checkpoint.load(member.checkpoint(), student.parameters(), context.backend(), context.listener()::note);
                validation.join(context.logits(student, validationImages, validation), keep, weight);
                test.join(context.logits(student, testImages, test), keep, weight);
                training.join(context.logits(student, trainingImages, training), keep, weight);
                flops.add(student.flops());
                parameters.add(student.parameters().count());
            }
        }
        List<EarlyExit.Result> onValidation = EarlyExit.evaluate(validation, flops);
        return new Result(
                students(scheme, saved, validation, test, flops, parameters),
                earlyExit(onValidation, EarlyExit.evaluate(test, flops)),
                threshold(spec, validation, onValidation),
                test,
                training.prefixAccuracy(saved.size() - 1));
    }

    /**
     * The threshold of the largest probability that a run chooses.
     *
     * @param validation what the whole group says of the validation images
     * @param results of {@link EarlyExit#evaluate} on them
     */
    static double threshold(RunSpec spec, GroupPredictions validation, List<EarlyExit.Result> results) {
        return EarlyExit.choose(
                results,
                validation.prefixAccuracy(validation.students() - 1),
                spec.earlyExit().maximumAccuracyLoss());
    }

    private List<RunSummary.Student> students(
            Scheme scheme,
            List<SavedStudent> saved,
            GroupPredictions validation,
            GroupPredictions test,
            List<Long> flops,
            List<Long> parameters) {
        List<Double> weights =
                scheme.memberWeights(saved.size(), context.spec().student().blend());
        List<RunSummary.Student> rows = new ArrayList<>();
        long cumulative = 0;
        for (int k = 0; k < saved.size(); k++) {
            cumulative += flops.get(k);
            rows.add(new RunSummary.Student(
                    saved.get(k).spec().name(),
                    parameters.get(k),
                    flops.get(k),
                    ratio((double) flops.get(k)),
                    weights.get(k),
                    validation.ownAccuracy(k),
                    test.ownAccuracy(k),
                    ratio((double) cumulative),
                    validation.prefixAccuracy(k),
                    test.prefixAccuracy(k),
                    Optional.of(blocksShare(saved.get(k).spec())),
                    padding(saved.get(k).spec())));
        }
        return List.copyOf(rows);
    }

    private double blocksShare(StudentSpec student) {
        Flops flops = Flops.student(student, context.testImages().shape(), context.classes());
        return (double) flops.blocks() / flops.total();
    }

    private Optional<String> padding(StudentSpec student) {
        ImageShape image = context.testImages().shape();
        return student.tokenizer()
                .padded(image)
                .map(padded -> student.tokenizer().features(image) + " to " + padded);
    }

    private List<RunSummary.EarlyExitRow> earlyExit(List<EarlyExit.Result> validation, List<EarlyExit.Result> test) {
        List<RunSummary.EarlyExitRow> rows = new ArrayList<>();
        for (int i = 0; i < test.size(); i++) {
            rows.add(new RunSummary.EarlyExitRow(
                    test.get(i).threshold(),
                    ratio(validation.get(i).averageFlops()),
                    validation.get(i).accuracy(),
                    ratio(test.get(i).averageFlops()),
                    test.get(i).accuracy(),
                    test.get(i).exits()));
        }
        return List.copyOf(rows);
    }

    private double ratio(double flops) {
        return flops / teacherFlops;
    }
}
