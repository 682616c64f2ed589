package io.mambapkd.cli.predict;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.text.Numbers;
import io.mambapkd.results.Format;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Budget;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much may be computed for an image. */
final class BudgetOptions {
    private static final String DROP = "--max-accuracy-drop";
    private static final String FLOPS = "--max-flops";
    private static final String STUDENTS = "--students";
    private static final String THRESHOLD = "--threshold";
    private static final String ALL = "--all-students";

    @Option(
            names = DROP,
            paramLabel = "POINTS",
            description =
                    "Stop as early as is certified to cost at most so many points of accuracy, as in 0.5: one of the run's"
                            + " certificates, which mamba-pkd calibrate makes. Default: the smallest of them; the threshold that the run has chosen where there is none.")
    private @Nullable String drop;

    @Option(
            names = FLOPS,
            paramLabel = "N",
            description = "Evaluate no student by which an image would take more FLOPs.")
    private @Nullable Long flops;

    @Option(names = STUDENTS, paramLabel = "N", description = "Evaluate at most the first N students.")
    private @Nullable Integer students;

    @Option(
            names = THRESHOLD,
            description =
                    "Stop where the largest probability reaches the threshold that the run has chosen on its validation images, which promises nothing.")
    private boolean threshold;

    @Option(
            names = ALL,
            description = "Never stop because the chain is sure: evaluate all students that the limits allow.")
    private boolean all;

    /**
     * @param run names the run in sentences
     * @throws InputException if the run cannot keep to it
     */
    Budget budget(AnytimeClassifier classifier, Path run) {
        Budget budget = exit(classifier, run);
        if (students != null) {
            if (students < 1 || students > classifier.students()) {
                throw new InputException(new Problem(
                        STUDENTS + ": expected from 1 to " + classifier.students() + ", the students of the run, got "
                                + students,
                        ""));
            }
            budget = budget.withStudents(students);
        }
        if (flops != null) {
            if (flops < classifier.flops(1)) {
                throw new InputException(new Problem(
                        FLOPS + ": expected at least " + Numbers.grouped(classifier.flops(1))
                                + ", which the first student takes, got " + flops,
                        ""));
            }
            budget = budget.withFlops(flops);
        }
        return budget;
    }

    private Budget exit(AnytimeClassifier classifier, Path run) {
        if ((all ? 1 : 0) + (threshold ? 1 : 0) + (drop != null ? 1 : 0) > 1) {
            throw new InputException(new Problem(
                    "only one of " + DROP + ", " + THRESHOLD + " and " + ALL + " can be given",
                    "leave the others out"));
        }
        if (all) {
            return Budget.ALL;
        }
        if (threshold) {
            return Budget.threshold();
        }
        if (drop == null) {
            return classifier.usualBudget();
        }
        double points = points(drop);
        if (classifier.certificates().stream().noneMatch(certificate -> certificate.maximumAccuracyDrop() == points)) {
            throw new InputException(new Problem(
                    DROP + ": expected a drop that the run is certified for, which " + certified(classifier) + ", got "
                            + Format.plain(points) + ", at " + run,
                    "certify it with mamba-pkd calibrate, or leave the option out"));
        }
        return Budget.accuracyDrop(points);
    }

    /** Of decimals without an exponent or a suffix, as {@code calibrate} takes them. */
    private static double points(String text) {
        double points = Numbers.decimal(text);
        if (Double.isNaN(points)) {
            throw new InputException(new Problem(
                    "expected " + DROP + " as points of accuracy, got '" + text + "'", "write such as 0.5"));
        }
        return points;
    }

    private static String certified(AnytimeClassifier classifier) {
        return classifier.certificates().isEmpty()
                ? "are none"
                : "are "
                        + classifier.certificates().stream()
                                .map(certificate -> Format.plain(certificate.maximumAccuracyDrop()))
                                .collect(Collectors.joining(", "));
    }
}
