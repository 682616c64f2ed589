package io.mambapkd.cli.text;

import io.mambapkd.report.ControlSentences;
import io.mambapkd.results.FitWarnings;
import io.mambapkd.results.RunSummary;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The result of a run on the terminal. */
public final class SummaryText {
    private static final String NOT_MEASURED = "-";

    private final PrintWriter out;

    public SummaryText(PrintWriter out) {
        this.out = out;
    }

    public void print(RunSummary summary) {
        TextTable table = new TextTable("", "FLOPs %", "sum %", "accuracy %", "group %");
        for (RunSummary.Student student : summary.students()) {
            table.row(
                    student.name(),
                    Numbers.percent(student.flopsRatio(), 3),
                    Numbers.percent(student.cumulativeFlopsRatio(), 3),
                    accuracy(student.testAccuracy()),
                    accuracy(student.cumulativeTestAccuracy()));
        }
        for (RunSummary.EarlyExitRow exit : summary.earlyExit()) {
            if (exit.threshold() == summary.chosenThreshold()) {
                String name = "early exit at " + String.format(Locale.ROOT, "%.2f", exit.threshold());
                table.row(name, "", Numbers.percent(exit.averageFlopsRatio(), 3), "", accuracy(exit.testAccuracy()));
            }
        }
        table.row(
                "teacher", Numbers.percent(1, 3), "", accuracy(summary.teacher().testAccuracy()), "");
        for (RunSummary.Control control : summary.controls()) {
            String name = "control " + control.kind();
            table.row(name, Numbers.percent(control.flopsRatio(), 3), "", accuracy(control.testAccuracy()), "");
        }
        out.println();
        out.println(summary.dataset() + ", accuracy on " + Numbers.grouped(summary.testImages())
                + " test images, FLOPs against the teacher's "
                + Numbers.grouped(summary.teacher().flops()));
        table.print(out);
        out.println("teacher on " + Numbers.grouped(summary.validationImages()) + " validation images: "
                + accuracy(summary.teacher().validationAccuracy()) + " %");
        RunSummary.Views views = summary.teacher().views().orElse(null);
        if (views != null) {
            out.println("teacher on test images: plain "
                    + accuracy(summary.teacher().testAccuracy()) + " %, with " + views.count() + " views "
                    + accuracy(views.testAccuracy()) + " %; on validation images: plain "
                    + accuracy(summary.teacher().validationAccuracy()) + " %, with " + views.count() + " views "
                    + accuracy(views.validationAccuracy()) + " %");
        }
        printFit(summary);
        new ClassText(out, summary).print();
        summary.fallbacks().forEach(fallback -> out.println(fallback.text()));
        out.println(String.format(Locale.ROOT, "%.0f s in all", summary.timing().totalSeconds()));
        ControlSentences.scan(summary).ifPresent(sentence -> out.println(plain(sentence)));
    }

    /** How the models do on images that they have learned, and what that says against them. */
    private void printFit(RunSummary summary) {
        RunSummary.Fit fit = summary.fit();
        if (fit == null) {
            return;
        }
        out.println(
                "teacher on " + Numbers.grouped(fit.images()) + " training images: " + accuracy(fit.teacher()) + " %");
        if (fit.group() != null) {
            out.println("group on " + Numbers.grouped(fit.groupImages()) + " training images: " + accuracy(fit.group())
                    + " %");
        }
        FitWarnings.of(summary).forEach(warning -> out.println("warning: " + warning));
    }

    /** A sentence of the report in the characters that every terminal has. */
    private static String plain(String sentence) {
        return sentence.replace('\u00a0', ' ').replace('\u2019', '\'');
    }

    static String accuracy(@Nullable Double share) {
        return share == null || share.isNaN() ? NOT_MEASURED : Numbers.percent(share, 2);
    }
}
