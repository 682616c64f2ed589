package io.mambapkd.report;

import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.FitWarnings;
import io.mambapkd.results.Format;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * report.html: one file that loads nothing, runs no script, and is well-formed XML. Every text in it goes through {@link Markup#escape}; a
 * content security policy forbids the browser all but the inline style and the inline images.
 */
public final class HtmlReport {
    private static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    private static final String STYLE_SHEET = "report.css";
    private static final String CONTROL_PREFIX = "control/";
    private static final String TEACHER = "teacher";

    private final Markup html = new Markup();
    private final ReportData data;
    private final RunSummary summary;
    private final RunTables tables;

    private HtmlReport(ReportData data) {
        this.data = data;
        this.summary = data.summary();
        this.tables = new RunTables(html, summary);
    }

    /** The file's bytes, UTF-8. */
    public static byte[] write(ReportData data) {
        return new HtmlReport(data).document().getBytes(StandardCharsets.UTF_8);
    }

    private String document() {
        html.open("html", "lang", "en", "xmlns", "http://www.w3.org/1999/xhtml");
        writeHead();
        html.open("body").open("main");
        html.open("header")
                .element("h1", title())
                .element("p", Findings.headline(summary), "class", "headline")
                .close();
        writeResults();
        writeControls();
        writeModels();
        writeEarlyExit();
        data.calibration().ifPresent(calibration -> ExitTable.write(html, calibration));
        writeTraining();
        writeClasses();
        writeConfusion();
        writeExamples();
        writeSamples();
        writeTiming();
        writeMaking();
        html.close().close().close();
        return html.document();
    }

    private String title() {
        return (summary.students().isEmpty() ? "Teacher" : "Teacher and Mamba students") + " on "
                + Format.dataset(summary.dataset());
    }

    private void writeHead() {
        html.open("head")
                .leaf("meta", "charset", "utf-8")
                .leaf("meta", "http-equiv", "Content-Security-Policy", "content", POLICY)
                .leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .leaf("meta", "name", "color-scheme", "content", "light dark")
                .element("title", title() + " \u2013 mamba-pkd")
                .style(styleSheet())
                .close();
    }

    static String styleSheet() {
        try (InputStream stream = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(STYLE_SHEET))) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void writeResults() {
        if (summary.students().isEmpty()) {
            return;
        }
        section("Accuracy against FLOPs");
        AnytimeChart.write(html, summary);
        RunSummary.Student last = summary.students().get(summary.students().size() - 1);
        double accuracy = last.cumulativeTestAccuracy();
        note(
                "Every prefix of the group is a classifier; early exit runs the students in order and stops as soon as the largest"
                        + " probability reaches a threshold. One standard error of " + Format.accuracy(accuracy)
                        + " on "
                        + Format.count(summary.testImages()) + " images is "
                        + Format.points(Findings.standardError(accuracy, summary.testImages()))
                        + ". Point at a marker to read its numbers.");
        tables.writeComparison();
        if (!PaperFigures.of(summary.dataset()).isEmpty()) {
            html.open("p", "class", "note")
                    .text("FLOPs are per image, in % of the teacher\u2019s. The paper is ")
                    .element("a", PaperFigures.NAME, "href", PaperFigures.ADDRESS)
                    .text("; its percentages are against its own teacher, whose size differs from this one\u2019s "
                            + Format.flops(summary.teacher().flops()) + ".")
                    .close();
        }
        html.close();
    }

    private void writeControls() {
        if (summary.controls().isEmpty() || summary.students().isEmpty()) {
            return;
        }
        section("What the group is worth");
        ControlSentences.scan(summary).ifPresent(sentence -> html.element("p", sentence, "class", "headline"));
        ControlSentences.equalCost(summary).ifPresent(sentence -> html.element("p", sentence, "class", "headline"));
        Findings.controls(summary).forEach(sentence -> html.element("p", sentence));
        tables.writeControls();
        note(Findings.howControlsAreJudged(summary));
        html.close();
    }

    private void writeModels() {
        section("Models");
        tables.writeModels();
        if (!summary.students().isEmpty()) {
            note(
                    "\u201cOwn\u201d is a student by itself, \u201cgroup\u201d all students up to and including it. FLOPs are per"
                            + " image. Every choice was made on the validation images; the test images were evaluated once, at the end.");
        }
        for (RunSummary.Student student : summary.students()) {
            student.padding()
                    .ifPresent(padding -> note("What " + student.name() + " cuts into tokens is continued with zeros, "
                            + padding + "; they count in its FLOPs."));
        }
        Findings.fit(summary).ifPresent(sentence -> html.element("p", sentence));
        FitWarnings.of(summary)
                .forEach(warning -> html.element("p", Format.capitalised(warning) + ".", "class", "warning"));
        html.close();
    }

    private void writeEarlyExit() {
        if (summary.earlyExit().isEmpty()) {
            return;
        }
        section("Early exit");
        tables.writeEarlyExit();
        String thinned = summary.earlyExit().size() > RunTables.MOST_THRESHOLDS
                ? " All " + summary.earlyExit().size() + " thresholds are in summary.json."
                : "";
        note(
                "FLOPs are averages per image in % of the teacher\u2019s. \u201cStop\u201d columns: share of the test images, in %,"
                        + " that stop at each student. The threshold was chosen on the validation images." + thinned);
        html.close();
    }

    private void writeTraining() {
        if (data.epochs().isEmpty()) {
            return;
        }
        section("Training");
        Predicate<EpochRecord> teacher = epoch -> epoch.stage().equals(TEACHER);
        Predicate<EpochRecord> control = epoch -> epoch.stage().startsWith(CONTROL_PREFIX);
        writePanels(teacher);
        writePanels(teacher.or(control).negate());
        if (data.epochs().stream().anyMatch(control)) {
            html.element("h3", "Controls");
            StagePanels.write(html, data.epochs().stream().filter(control).toList(), summary.validationImages());
        }
        String ofStudents = summary.students().isEmpty()
                ? ""
                : " A student\u2019s accuracies are those of the group that ends with it; all students have the same scales.";
        note(
                "Above: training loss; below: accuracy on validation images (solid) and on training images as the loss saw them"
                        + " (dotted). Scales are logarithmic, for accuracies by their error." + ofStudents);
        html.close();
    }

    private void writePanels(Predicate<EpochRecord> predicate) {
        List<EpochRecord> epochs = data.epochs().stream().filter(predicate).toList();
        if (!epochs.isEmpty()) {
            StagePanels.write(html, epochs, summary.validationImages());
        }
    }

    private void writeClasses() {
        if (summary.perClass().main() == null) {
            return;
        }
        section("Classes");
        ClassTable.write(html, data);
        note(
                "On the test images. Accuracy, also called recall: the share of a class\u2019s images that are answered correctly."
                        + " Precision: the share of the answers of a class that are correct.");
        html.close();
    }

    private void writeConfusion() {
        if (ConfusionTable.counts(summary).isEmpty()) {
            return;
        }
        section("Errors");
        ConfusionTable.write(html, data);
        html.close();
    }

    private void writeExamples() {
        ExampleGallery examples = new ExampleGallery(html, data);
        if (examples.hasConfusions()) {
            section("Worst confusions");
            examples.writeConfusions();
            html.close();
        }
        if (examples.hasCorrected()) {
            section("What more students buy");
            examples.writeCorrected();
            html.close();
        }
    }

    private void writeSamples() {
        if (data.samples().isEmpty()) {
            return;
        }
        section("Test images");
        if (!summary.students().isEmpty()) {
            note(
                    "In bold: the label. \u201cChain\u201d is the answer with early exit, the student it stopped at and the"
                            + " largest probability there; \u201cgroup\u201d is all students.");
        }
        new SampleGallery(html, data).write();
        html.close();
    }

    private void writeTiming() {
        section("Time");
        tables.writeTiming();
        html.close();
    }

    private void writeMaking() {
        section("How this was made");
        html.open("table", "class", "facts").open("tbody");
        fact("Program", "mamba-pkd " + data.version());
        fact("Date", DateTimeFormatter.ISO_INSTANT.format(data.created()));
        fact("Device", summary.device() + ": " + summary.deviceDescription());
        summary.fallbacks().forEach(fallback -> fact("Fallback", fallback.text()));
        if (!summary.deterministic()) {
            fact("Determinism", "Another run of this configuration may give other numbers: see the fallbacks.");
        }
        fact("CPU threads", Integer.toString(summary.threads()));
        fact("Seed", Long.toString(summary.seed()));
        fact(
                "Images",
                String.format(
                        Locale.ROOT,
                        "%,d for training, %s%,d for validation, %,d for the test",
                        summary.trainingImages(),
                        summary.calibrationImages() == 0
                                ? ""
                                : Format.count(summary.calibrationImages()) + " for calibration, ",
                        summary.validationImages(),
                        summary.testImages()));
        html.close().close();
        // Not folded away: a browser does not print what is.
        html.element("h3", "Configuration").element("pre", data.configYaml(), "tabindex", "0");
        html.close();
    }

    private void fact(String name, String value) {
        html.open("tr").element("th", name, "scope", "row").element("td", value).close();
    }

    private void section(String heading) {
        html.open("section").element("h2", heading);
    }

    private void note(String text) {
        html.element("p", text, "class", "note");
    }
}
