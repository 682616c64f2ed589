package io.mambapkd.report;

import io.mambapkd.results.Format;
import io.mambapkd.results.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The points of the {@link AnytimeChart}, in the order in which their labels get room. */
final class AnytimeSeries {
    /** What a point belongs to; drawn in this order. */
    enum Kind {
        PAPER("paper", Marker.PLUS, "the paper (" + PaperFigures.NAME + "), against its own teacher"),
        ALONE("alone", Marker.TRIANGLE, "each student alone"),
        CONTROL("control", Marker.SQUARE, "controls"),
        EARLY_EXIT("exit", Marker.DIAMOND, "early exit, one point for each threshold"),
        GROUP("group", Marker.CIRCLE, "the group after each student"),
        TEACHER("teacher", Marker.STAR, "teacher");

        private final String cssClass;
        private final Marker marker;
        private final String legend;

        Kind(String cssClass, Marker marker, String legend) {
            this.cssClass = cssClass;
            this.marker = marker;
            this.legend = legend;
        }

        String cssClass() {
            return cssClass;
        }

        Marker marker() {
            return marker;
        }

        String legend() {
            return legend;
        }

        /** Whether a line joins its points. */
        boolean isConnected() {
            return this == GROUP || this == EARLY_EXIT;
        }
    }

    /** Size of a marker. */
    enum Emphasis {
        SMALL(2.8),
        NORMAL(4.6),
        STRONG(6.5);

        private final double radius;

        Emphasis(double radius) {
            this.radius = radius;
        }

        double radius() {
            return radius;
        }
    }

    /**
     * A point.
     *
     * @param ratio share of the teacher's FLOPs, above 0
     * @param accuracy in 0..1
     * @param label shown beside the point; empty for none
     */
    record Point(Kind kind, double ratio, double accuracy, Emphasis emphasis, String label, String tooltip) {}

    private AnytimeSeries() {}

    static List<Point> points(RunSummary summary) {
        List<Point> points = new ArrayList<>();
        addTeacher(summary, points);
        addEarlyExit(summary, points);
        addGroup(summary, points);
        for (PaperFigures.Point figure : PaperFigures.of(summary.dataset())) {
            String text = String.format(Locale.ROOT, "paper: %s %.0f\u00a0%%", figure.name(), 100 * figure.accuracy());
            points.add(new Point(
                    Kind.PAPER,
                    figure.flopsRatio(),
                    figure.accuracy(),
                    Emphasis.NORMAL,
                    text,
                    text + " at " + Format.ratio(figure.flopsRatio()) + " of its teacher\u2019s FLOPs"));
        }
        for (RunSummary.Control control : summary.controls()) {
            points.add(new Point(
                    Kind.CONTROL,
                    control.flopsRatio(),
                    control.testAccuracy(),
                    Emphasis.NORMAL,
                    controlLabel(control),
                    control.description() + ": " + at(control.testAccuracy(), control.flopsRatio())));
        }
        for (RunSummary.Student student : summary.students()) {
            points.add(new Point(
                    Kind.ALONE,
                    student.flopsRatio(),
                    student.testAccuracy(),
                    Emphasis.NORMAL,
                    "",
                    student.name() + " alone: " + at(student.testAccuracy(), student.flopsRatio())));
        }
        // A logarithmic axis has no place for a share of nothing.
        points.removeIf(point -> !(point.ratio() > 0));
        return points;
    }

    private static void addTeacher(RunSummary summary, List<Point> points) {
        Comparison.Row row = Comparison.rows(summary).get(0);
        String text = "teacher " + Format.accuracy(row.accuracy()) + (row.onTest() ? "" : " (validation)");
        points.add(new Point(Kind.TEACHER, 1, row.accuracy(), Emphasis.NORMAL, text, text));
    }

    private static void addGroup(RunSummary summary, List<Point> points) {
        List<RunSummary.Student> students = summary.students();
        for (int i = students.size() - 1; i >= 0; i--) {
            RunSummary.Student student = students.get(i);
            boolean whole = i == students.size() - 1;
            String name;
            if (i == 0) {
                name = "student 1";
            } else {
                name = whole ? Comparison.groupName(students.size()) : "first " + Format.word(i + 1);
            }
            String accuracy = Format.accuracy(student.cumulativeTestAccuracy());
            points.add(new Point(
                    Kind.GROUP,
                    student.cumulativeFlopsRatio(),
                    student.cumulativeTestAccuracy(),
                    whole ? Emphasis.STRONG : Emphasis.NORMAL,
                    whole || i == 0 || i == 2 ? name + " " + accuracy : "",
                    name + ": " + at(student.cumulativeTestAccuracy(), student.cumulativeFlopsRatio())));
        }
    }

    private static void addEarlyExit(RunSummary summary, List<Point> points) {
        for (RunSummary.EarlyExitRow exit : summary.earlyExit()) {
            boolean chosen = exit.threshold() == summary.chosenThreshold();
            String text =
                    "early exit at " + exit.threshold() + ": " + at(exit.testAccuracy(), exit.averageFlopsRatio());
            points.add(new Point(
                    Kind.EARLY_EXIT,
                    exit.averageFlopsRatio(),
                    exit.testAccuracy(),
                    chosen ? Emphasis.STRONG : Emphasis.SMALL,
                    chosen ? "early exit " + Format.accuracy(exit.testAccuracy()) : "",
                    text + (chosen ? " (threshold chosen on validation)" : "")));
        }
    }

    private static String controlLabel(RunSummary.Control control) {
        return switch (control.kind()) {
            case "single-student" -> "one student";
            case "group-conv" -> "no scan";
            case "group-none" -> "no mixing";
            case "cnn" -> "plain CNN";
            default -> control.kind();
        };
    }

    private static String at(double accuracy, double ratio) {
        return Format.accuracy(accuracy) + " at " + Format.ratio(ratio) + " of the teacher\u2019s FLOPs";
    }
}
