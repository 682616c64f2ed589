package io.mambapkd.report;

import io.mambapkd.report.HtmlTable.Row;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the certified early exits of a run come to, as a section of the report. */
final class ExitTable {
    private static final String NOTHING = "\u2013";

    private final Markup html;
    private final CalibrationRecord calibration;

    private ExitTable(Markup html, CalibrationRecord calibration) {
        this.html = html;
        this.calibration = calibration;
    }

    static void write(Markup html, CalibrationRecord calibration) {
        new ExitTable(html, calibration).write();
    }

    private void write() {
        html.open("section").element("h2", "Early exit with a promise");
        HtmlTable table = new HtmlTable(html, columns());
        for (CalibrationRecord.Drop drop : calibration.drops()) {
            row(table, Row.CHOSEN, "regret", drop, drop.regret());
        }
        for (CalibrationRecord.Drop drop : calibration.drops()) {
            row(table, Row.PLAIN, "largest probability", drop, drop.largestProbability());
        }
        table.end();
        html.element("p", Format.capitalised(monotony()) + ".");
        html.element("p", explanation(), "class", "note");
        for (String sentence : calibration.notes()) {
            html.element("p", Format.capitalised(sentence) + ".", "class", "note");
        }
        html.close();
    }

    private String[] columns() {
        List<String> columns =
                new ArrayList<>(List.of("rule", "drop, points", "confidence", "threshold", "test %", "% of teacher"));
        for (int i = 1; i <= calibration.students().size(); i++) {
            columns.add("stop " + i);
        }
        columns.add("broken, of " + calibration.splits());
        return columns.toArray(String[]::new);
    }

    private void row(
            HtmlTable table,
            Row kind,
            String name,
            CalibrationRecord.Drop drop,
            Optional<CalibrationRecord.Rule> certified) {
        List<String> cells = new ArrayList<>();
        cells.add(Format.plain(drop.maximumAccuracyDrop()));
        cells.add(Format.plain(calibration.confidence()));
        if (certified.isPresent()) {
            CalibrationRecord.Rule rule = certified.get();
            cells.add(String.format(Locale.ROOT, "%.4g", rule.threshold()));
            cells.add(Format.accuracyNumber(rule.testAccuracy()));
            cells.add(Format.ratioNumber(rule.averageFlopsRatio()));
            rule.exits().forEach(share -> cells.add(String.format(Locale.ROOT, "%.1f", 100 * share)));
            cells.add(Integer.toString(rule.promisesBroken()));
        } else {
            while (cells.size() < calibration.students().size() + 6) {
                cells.add(NOTHING);
            }
        }
        table.row(kind, name, cells.toArray(String[]::new));
    }

    private String monotony() {
        CalibrationRecord.Monotony monotony = calibration.monotony();
        return Format.accuracy(monotony.falling())
                + " of the test images see the probability of their class fall by more than "
                + Format.plain(monotony.fall()) + " at some student, and " + Format.accuracy(monotony.lost())
                + " are answered correctly by some prefix of the chain and wrongly by all of it";
    }

    private String explanation() {
        return "With the stated confidence, the share of images that the stopped chain answers wrongly and the whole chain ("
                + Format.accuracy(calibration.testAccuracy()) + " at " + Format.ratio(calibration.flopsRatio())
                + " of the teacher\u2019s FLOPs) correctly is at most the drop. "
                + Format.count(calibration.fitImages()) + " " + calibration.from()
                + " images fitted the predictor of this regret, " + Format.count(calibration.certifyingImages())
                + " others certified the thresholds, and the figures are those of "
                + Format.count(calibration.testImages())
                + " test images. The threshold of the largest probability is certified in the same way, for comparison;"
                + " the runtime uses the regret. \u201cBroken\u201d: on how many random halves of the test images the accuracy"
                + " drops by more than promised. \u201cStop\u201d columns are in %.";
    }
}
