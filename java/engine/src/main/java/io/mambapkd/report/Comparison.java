package io.mambapkd.report;

import io.mambapkd.results.Format;
import io.mambapkd.results.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The few figures of a run that sum it up, beside the paper's. */
final class Comparison {
    private static final int SMALL_GROUP = 3;

    /**
     * One row.
     *
     * @param accuracy on the test images, or on the validation images where {@code onTest} is false
     * @param paper the paper's figure, null where it has none
     */
    record Row(String name, double accuracy, boolean onTest, double flopsRatio, PaperFigures.@Nullable Point paper) {}

    private Comparison() {}

    static List<Row> rows(RunSummary summary) {
        boolean paper = !PaperFigures.of(summary.dataset()).isEmpty();
        List<Row> rows = new ArrayList<>();
        Double teacherTest = summary.teacher().testAccuracy();
        double teacherAccuracy = teacherTest == null ? summary.teacher().validationAccuracy() : teacherTest;
        rows.add(new Row("teacher", teacherAccuracy, teacherTest != null, 1, paper ? PaperFigures.TEACHER : null));
        List<RunSummary.Student> students = summary.students();
        if (students.isEmpty()) {
            return rows;
        }
        RunSummary.Student first = students.get(0);
        rows.add(new Row(
                "student 1", first.testAccuracy(), true, first.flopsRatio(), paper ? PaperFigures.WEAKEST : null));
        if (students.size() > SMALL_GROUP) {
            RunSummary.Student third = students.get(SMALL_GROUP - 1);
            rows.add(new Row(
                    "first " + Format.word(SMALL_GROUP),
                    third.cumulativeTestAccuracy(),
                    true,
                    third.cumulativeFlopsRatio(),
                    null));
        }
        if (students.size() > 1) {
            RunSummary.Student last = students.get(students.size() - 1);
            rows.add(new Row(
                    groupName(students.size()),
                    last.cumulativeTestAccuracy(),
                    true,
                    last.cumulativeFlopsRatio(),
                    paper ? PaperFigures.GROUP : null));
        }
        chosenExit(summary)
                .ifPresent(exit ->
                        rows.add(new Row("early exit", exit.testAccuracy(), true, exit.averageFlopsRatio(), null)));
        return rows;
    }

    /** {@code all seven}. */
    static String groupName(int students) {
        return students == 2 ? "both" : "all " + Format.word(students);
    }

    /** The early exit at the threshold that was chosen on validation. */
    static Optional<RunSummary.EarlyExitRow> chosenExit(RunSummary summary) {
        return summary.earlyExit().stream()
                .filter(exit -> exit.threshold() == summary.chosenThreshold())
                .findFirst();
    }
}
