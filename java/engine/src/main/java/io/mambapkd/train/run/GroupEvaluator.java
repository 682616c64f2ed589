package io.mambapkd.train.run;

import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.EarlyExit;
import io.mambapkd.distill.GroupPredictions;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.Flops;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
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
    record SavedStudent(StudentSpec spec, Path checkpoint) {
        /** The first students of a run, in the order of the settings. */
        static List<SavedStudent> of(RunFolder folder, List<StudentSpec> specs) {
            List<SavedStudent> students = new ArrayList<>();
            for (StudentSpec spec : specs) {
                students.add(new SavedStudent(spec, folder.student(students.size() + 1, spec.name())));
            }
            return students;
        }
    }

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
        List<Long> flops = new ArrayList<>();
        List<Long> parameters = new ArrayList<>();
        List<ImageSet> sets = List.of(
                context.dataset().validation(),
                context.testImages(),
                context.trainingSample(spec.student().images()));
        List<GroupPredictions> predictions = ChainPredictions.of(context, scheme, saved, sets, student -> {
            flops.add(student.flops());
            parameters.add(student.parameters().count());
        });
        GroupPredictions validation = predictions.get(0);
        GroupPredictions test = predictions.get(1);
        List<EarlyExit.Result> onValidation = EarlyExit.evaluate(validation, flops);
        return new Result(
                students(scheme, saved, validation, test, flops, parameters),
                earlyExit(onValidation, EarlyExit.evaluate(test, flops)),
                threshold(spec, validation, onValidation),
                test,
                predictions.get(2).prefixAccuracy(saved.size() - 1));
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
