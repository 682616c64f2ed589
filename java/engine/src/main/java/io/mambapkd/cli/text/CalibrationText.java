package io.mambapkd.cli.text;

import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.Format;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The certified exits of a run on the terminal. */
public final class CalibrationText {
    private static final String NOTHING = "-";

    private final PrintWriter out;

    public CalibrationText(PrintWriter out) {
        this.out = out;
    }

    public void print(CalibrationRecord calibration) {
        out.println("early exits certified with a confidence of " + Format.plain(calibration.confidence()) + " on "
                + Numbers.grouped(calibration.certifyingImages()) + " " + calibration.from() + " images, fitted on "
                + Numbers.grouped(calibration.fitImages()) + " others; figures on "
                + Numbers.grouped(calibration.testImages()) + " test images");
        TextTable table = new TextTable(
                "rule",
                "drop, points",
                "threshold",
                "accuracy %",
                "FLOPs %",
                "exits %",
                "broken, of " + calibration.splits());
        for (CalibrationRecord.Drop drop : calibration.drops()) {
            row(table, "regret", drop, drop.regret());
        }
        for (CalibrationRecord.Drop drop : calibration.drops()) {
            row(table, "largest probability", drop, drop.largestProbability());
        }
        table.row(
                "whole chain",
                "",
                "",
                Numbers.percent(calibration.testAccuracy(), 2),
                Numbers.percent(calibration.flopsRatio(), 3),
                "",
                "");
        table.print(out);
        CalibrationRecord.Monotony monotony = calibration.monotony();
        out.println(Numbers.percent(monotony.falling(), 2)
                + " % of the test images see the probability of their class fall by more than "
                + Format.plain(monotony.fall()) + " at some student, " + Numbers.percent(monotony.lost(), 2)
                + " % are right at some student and wrong at the end");
        calibration.notes().forEach(note -> out.println("note: " + note));
    }

    private static void row(
            TextTable table, String name, CalibrationRecord.Drop drop, Optional<CalibrationRecord.Rule> certified) {
        String points = Format.plain(drop.maximumAccuracyDrop());
        if (certified.isEmpty()) {
            table.row(name, points, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING);
            return;
        }
        CalibrationRecord.Rule rule = certified.get();
        table.row(
                name,
                points,
                String.format(Locale.ROOT, "%.4g", rule.threshold()),
                Numbers.percent(rule.testAccuracy(), 2),
                Numbers.percent(rule.averageFlopsRatio(), 3),
                exits(rule.exits()),
                Integer.toString(rule.promisesBroken()));
    }

    private static String exits(List<Double> shares) {
        return shares.stream().map(share -> Numbers.percent(share, 1)).collect(Collectors.joining(" "));
    }
}
