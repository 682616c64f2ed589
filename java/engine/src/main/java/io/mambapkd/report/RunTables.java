package io.mambapkd.report;

import io.mambapkd.report.HtmlTable.Row;
import io.mambapkd.results.Format;
import io.mambapkd.results.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The numbers of a run as tables. */
final class RunTables {
    /** More thresholds than this are thinned out; summary.json has all. */
    static final int MOST_THRESHOLDS = 14;

    private static final String NOTHING = "\u2013";

    private final Markup html;
    private final RunSummary summary;

    RunTables(Markup html, RunSummary summary) {
        this.html = html;
        this.summary = summary;
    }

    /** The few figures that sum the run up, beside the paper's. */
    void writeComparison() {
        boolean paper = !PaperFigures.of(summary.dataset()).isEmpty();
        HtmlTable table = paper
                ? new HtmlTable(html, "", "test accuracy", "FLOPs", "paper: accuracy", "paper: FLOPs")
                : new HtmlTable(html, "", "test accuracy", "FLOPs");
        for (Comparison.Row row : Comparison.rows(summary)) {
            List<String> cells = new ArrayList<>();
            cells.add(Format.accuracy(row.accuracy()) + (row.onTest() ? "" : " (validation)"));
            cells.add(Format.ratio(row.flopsRatio()));
            PaperFigures.Point point = row.paper();
            if (point != null) {
                cells.add(AccuracyAxis.label(point.accuracy()));
                cells.add(AccuracyAxis.label(point.flopsRatio()));
            } else if (paper) {
                cells.add(NOTHING);
                cells.add(NOTHING);
            }
            table.row(Row.PLAIN, Format.capitalised(row.name()), cells.toArray(String[]::new));
        }
        table.end();
    }

    /** Size, cost and accuracy of the teacher and of every student. */
    void writeModels() {
        List<String> columns =
                new ArrayList<>(List.of("model", "parameters", "FLOPs", "% of teacher", "own val. %", "own test %"));
        if (!summary.students().isEmpty()) {
            columns.addAll(List.of("group: % of teacher", "group: val. %", "group: test %", "% in blocks"));
        }
        HtmlTable table = new HtmlTable(html, columns.toArray(String[]::new));
        List<String> teacher = new ArrayList<>(List.of(
                Format.count(summary.teacher().parameters()),
                Format.flops(summary.teacher().flops()),
                "100",
                Format.accuracyNumber(summary.teacher().validationAccuracy())));
        Double test = summary.teacher().testAccuracy();
        teacher.add(test == null ? NOTHING : Format.accuracyNumber(test));
        table.row(Row.PLAIN, "teacher", filled(teacher, columns.size() - 1));
        RunSummary.Views views = summary.teacher().views().orElse(null);
        if (views != null) {
            List<String> viewed = List.of(
                    NOTHING,
                    Format.flops(views.count() * summary.teacher().flops()),
                    Integer.toString(100 * views.count()),
                    Format.accuracyNumber(views.validationAccuracy()),
                    Format.accuracyNumber(views.testAccuracy()));
            table.row(Row.PLAIN, "teacher, " + views.count() + " views", filled(viewed, columns.size() - 1));
        }
        for (RunSummary.Student student : summary.students()) {
            table.row(
                    Row.PLAIN,
                    student.name(),
                    Format.count(student.parameters()),
                    Format.flops(student.flops()),
                    Format.ratioNumber(student.flopsRatio()),
                    Format.accuracyNumber(student.validationAccuracy()),
                    Format.accuracyNumber(student.testAccuracy()),
                    Format.ratioNumber(student.cumulativeFlopsRatio()),
                    Format.accuracyNumber(student.cumulativeValidationAccuracy()),
                    Format.accuracyNumber(student.cumulativeTestAccuracy()),
                    student.blocksShare()
                            .map(share -> String.format(Locale.ROOT, "%.1f", 100 * share))
                            .orElse(NOTHING));
        }
        table.end();
    }

    void writeEarlyExit() {
        List<String> columns =
                new ArrayList<>(List.of("threshold", "val. %", "val. FLOPs %", "test %", "test FLOPs %"));
        for (int i = 1; i <= summary.students().size(); i++) {
            columns.add("stop " + i);
        }
        HtmlTable table = new HtmlTable(html, columns.toArray(String[]::new));
        for (RunSummary.EarlyExitRow exit : shownThresholds()) {
            List<String> cells = new ArrayList<>(List.of(
                    Format.accuracyNumber(exit.validationAccuracy()),
                    Format.ratioNumber(exit.validationAverageFlopsRatio()),
                    Format.accuracyNumber(exit.testAccuracy()),
                    Format.ratioNumber(exit.averageFlopsRatio())));
            for (double share : exit.exits()) {
                cells.add(String.format(Locale.ROOT, "%.1f", 100 * share));
            }
            boolean chosen = exit.threshold() == summary.chosenThreshold();
            String name = Double.toString(exit.threshold());
            table.row(
                    chosen ? Row.CHOSEN : Row.PLAIN, chosen ? name + " (chosen)" : name, cells.toArray(String[]::new));
        }
        table.end();
    }

    /** Evenly spaced ones of the thresholds, the first, the last and the chosen one among them. */
    List<RunSummary.EarlyExitRow> shownThresholds() {
        List<RunSummary.EarlyExitRow> all = summary.earlyExit();
        if (all.size() <= MOST_THRESHOLDS) {
            return all;
        }
        List<RunSummary.EarlyExitRow> shown = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < all.size(); i++) {
            boolean even = i == (int) ((long) next * (all.size() - 1) / (MOST_THRESHOLDS - 2));
            if (even) {
                next++;
            }
            if (even || all.get(i).threshold() == summary.chosenThreshold()) {
                shown.add(all.get(i));
            }
        }
        return shown;
    }

    void writeControls() {
        HtmlTable table = new HtmlTable(html, "control", "parameters", "% of teacher", "val. %", "test %", "training");
        RunSummary.Student group = summary.students().get(summary.students().size() - 1);
        long parameters = summary.students().stream()
                .mapToLong(RunSummary.Student::parameters)
                .sum();
        double seconds = summary.timing().studentSeconds().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        table.row(
                Row.CHOSEN,
                "the group itself",
                Format.count(parameters),
                Format.ratioNumber(group.cumulativeFlopsRatio()),
                Format.accuracyNumber(group.cumulativeValidationAccuracy()),
                Format.accuracyNumber(group.cumulativeTestAccuracy()),
                Format.seconds(seconds));
        for (RunSummary.Control control : summary.controls()) {
            table.row(
                    Row.PLAIN,
                    control.description(),
                    Format.count(control.parameters()),
                    Format.ratioNumber(control.flopsRatio()),
                    Format.accuracyNumber(control.validationAccuracy()),
                    Format.accuracyNumber(control.testAccuracy()),
                    Format.seconds(control.seconds()));
        }
        table.end();
    }

    /** Cells of a row, the last ones empty. */
    private static String[] filled(List<String> cells, int count) {
        List<String> all = new ArrayList<>(cells);
        while (all.size() < count) {
            all.add(NOTHING);
        }
        return all.toArray(String[]::new);
    }

    void writeTiming() {
        RunSummary.Timing timing = summary.timing();
        HtmlTable table = new HtmlTable(html, "stage", "time", "training images/s");
        table.row(
                Row.PLAIN,
                "teacher",
                Format.seconds(timing.teacherSeconds()),
                Format.count(timing.teacherImagesPerSecond()));
        if (!summary.students().isEmpty()) {
            table.row(Row.PLAIN, "caching logits", Format.seconds(timing.cachingSeconds()), "");
        }
        for (int i = 0; i < timing.studentSeconds().size(); i++) {
            boolean measured = i < timing.studentImagesPerSecond().size();
            table.row(
                    Row.PLAIN,
                    i < summary.students().size() ? summary.students().get(i).name() : "student " + (i + 1),
                    Format.seconds(timing.studentSeconds().get(i)),
                    measured ? Format.count(timing.studentImagesPerSecond().get(i)) : "");
        }
        table.row(Row.PLAIN, "evaluation", Format.seconds(timing.evaluationSeconds()), "");
        table.row(Row.CHOSEN, "whole run", Format.seconds(timing.totalSeconds()), "");
        table.end();
    }
}
