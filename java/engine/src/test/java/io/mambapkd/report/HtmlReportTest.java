package io.mambapkd.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.CalibrationJsonTest;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SampleRun;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class HtmlReportTest {
    private static final String HOSTILE = "<script>alert(1)</script>\"'&\u0000\u001b[31m";

    @Test
    void aStudentsBlocksAndItsPaddingAreTold() throws Exception {
        ReportData data = with(SampleRun.data(), SampleRun.withParts(0.318, "28x28x1 to 30x28x1"));
        Document page = Xml.parse(HtmlReport.write(data));
        assertThat(text(page, "th")).contains("% in blocks");
        assertThat(text(page, "td")).contains("31.8");
        assertThat(text(page, "p"))
                .contains(
                        "What student-1 cuts into tokens is continued with zeros, 28x28x1 to 30x28x1; they count in its"
                                + " FLOPs.");

        assertThat(text(Xml.parse(HtmlReport.write(SampleRun.data())), "p"))
                .noneMatch(paragraph -> paragraph.contains("continued with zeros"));
    }

    @Test
    void theReportIsWellFormed() throws Exception {
        Document document = Xml.parse(HtmlReport.write(SampleRun.data()));

        // The chart for wide and for narrow windows, a key for each of its six series, and a panel for each of ten
        // stages.
        assertThat(Xml.elements(document, "svg")).hasSize(2 + 6 + 10);
        assertThat(Xml.elements(document, "img")).hasSize(30);
    }

    @Test
    void hostileNamesStayText() throws Exception {
        ReportData data = SampleRun.small(HOSTILE, HOSTILE, List.of(HOSTILE, "b"), List.of());

        byte[] report = HtmlReport.write(data);

        Document document = Xml.parse(report);
        assertThat(Xml.elements(document, "script")).isEmpty();
        assertThat(new String(report, UTF_8)).doesNotContain("<script").doesNotContain("\u001b");
        assertThat(text(document, "pre")).containsExactly("dataset: <script>alert(1)</script>\"'&\ufffd\ufffd[31m\n");
        assertThat(text(document, "h1")).first().asString().contains("<script>alert(1)</script>");
    }

    @Test
    void fallbacksAreFactsAndOneThatIsNotDeterministicIsSaidTwice() throws Exception {
        ReportData data = SampleRun.data();
        assertThat(text(Xml.parse(HtmlReport.write(data)), "th")).doesNotContain("Fallback", "Determinism");
        RunSummary steady = SampleRun.withFallbacks(List.of(new RunSummary.Fallback("by algorithm 1", true)));
        RunSummary loose = SampleRun.withFallbacks(List.of(new RunSummary.Fallback("by algorithm 0", false)));

        assertThat(text(Xml.parse(HtmlReport.write(with(data, steady))), "td")).contains("by algorithm 1");
        assertThat(text(Xml.parse(HtmlReport.write(with(data, steady))), "th"))
                .contains("Fallback")
                .doesNotContain("Determinism");
        assertThat(text(Xml.parse(HtmlReport.write(with(data, loose))), "th")).contains("Fallback", "Determinism");
    }

    private static ReportData with(ReportData data, RunSummary summary) {
        return new ReportData(
                summary,
                data.epochs(),
                data.configYaml(),
                data.samples(),
                data.classNames(),
                data.version(),
                data.created());
    }

    @Test
    void theReportLoadsNothing() throws Exception {
        byte[] report = HtmlReport.write(SampleRun.data());

        Document document = Xml.parse(report);
        for (String tag : List.of("script", "link", "iframe", "object", "embed", "base", "form")) {
            assertThat(Xml.elements(document, tag)).as(tag).isEmpty();
        }
        assertThat(Xml.elements(document, "img"))
                .allMatch(image -> image.getAttribute("src").startsWith("data:image/png;base64,"));
        assertThat(text(document, "style")).singleElement().asString().doesNotContain("url(", "@import");
        assertThat(new String(report, UTF_8)).doesNotContain(" onload=", " onclick=", "javascript:");
    }

    @Test
    void thePolicyForbidsAllButInlineStyleAndImages() throws Exception {
        Document document = Xml.parse(HtmlReport.write(SampleRun.data()));

        assertThat(Xml.elements(document, "meta"))
                .filteredOn(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy"))
                .singleElement()
                .extracting(meta -> meta.getAttribute("content"))
                .isEqualTo("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    }

    @Test
    void aRunHasAllSections() throws Exception {
        assertThat(text(Xml.parse(HtmlReport.write(SampleRun.data())), "h2"))
                .containsExactly(
                        "Accuracy against FLOPs",
                        "What the group is worth",
                        "Models",
                        "Early exit",
                        "Training",
                        "Classes",
                        "Errors",
                        "Worst confusions",
                        "Test images",
                        "Time",
                        "How this was made");
    }

    @Test
    void certifiedExitsAreATableOfWhatIsPromisedAndWhatIsNot() throws Exception {
        Document document = Xml.parse(HtmlReport.write(SampleRun.data().with(CalibrationJsonTest.sample())));

        assertThat(text(document, "h2")).contains("Early exit", "Early exit with a promise");
        assertThat(Xml.elements(document, "tr").stream().map(HtmlReportTest::cells))
                .contains(
                        List.of("0.2", "0.95", "\u2013", "\u2013", "\u2013", "\u2013", "\u2013", "\u2013"),
                        List.of("1", "0.95", "0.02000", "98.71", "0.460", "75.0", "25.0", "3"));
        assertThat(text(document, "p"))
                .contains("0.2 points are not certified.")
                .anyMatch(sentence -> sentence.startsWith("26.00\u00a0% of the test images see the probability"));
    }

    @Test
    void aTeacherAloneHasNoSectionsAboutStudents() throws Exception {
        byte[] report = HtmlReport.write(SampleRun.teacherOnly());

        assertThat(text(Xml.parse(report), "h2"))
                .containsExactly("Models", "Training", "Test images", "Time", "How this was made");
        assertThat(new String(report, UTF_8))
                .doesNotContainIgnoringCase("students")
                .doesNotContain("NaN");
    }

    @Test
    void aRunThatDivergedHasAReportToo() throws Exception {
        ReportData data = SampleRun.small("mnist", "first", List.of("a", "b"), List.of());
        List<EpochRecord> epochs = List.of(
                new EpochRecord("teacher", 1, 2, Double.NaN, 0.1, 0.1, 1, 1, 1),
                new EpochRecord("teacher", 2, 2, 0, 0, 0, 1, 1, 1),
                new EpochRecord("first", 1, 1, Double.NaN, Double.NaN, Double.NaN, 1, 1, 1));
        ReportData diverged =
                new ReportData(data.summary(), epochs, "", List.of(), List.of(), data.version(), data.created());

        Document document = Xml.parse(HtmlReport.write(diverged));

        assertThat(Xml.elements(document, "polyline"))
                .allSatisfy(line -> assertThat(line.getAttribute("points")).doesNotContain("NaN", "Infinity"));
    }

    @Test
    void samplesAreSortedIntoEasyHarderAndWrong() throws Exception {
        Document document = Xml.parse(HtmlReport.write(SampleRun.data()));

        // The tenth and following samples stop at 1 + i % 7, so the sample at 14 is easy, too; those from 20 on are
        // wrong.
        assertThat(text(document, "h3"))
                .containsExactly(
                        "Controls",
                        "Easy: right at the first student",
                        "Harder: right after more students",
                        "Wrong",
                        "Configuration");
        assertThat(galleries(document)).containsExactly(11, 9, 10);
    }

    @Test
    void aWrongAnswerIsMarkedByASignAndNotByColourAlone() throws Exception {
        Document document =
                Xml.parse(HtmlReport.write(SampleRun.small("mnist", "first", List.of("cat", "dog"), List.of())));

        assertThat(text(document, "figcaption"))
                .containsExactly("catchain: dog \u2717, stop 2, p\u00a00.75group: catteacher: dog \u2717");
    }

    @Test
    void nothingIsFoldedAway() throws Exception {
        Document document = Xml.parse(HtmlReport.write(SampleRun.data()));

        // A browser does not print what is in a closed one.
        assertThat(Xml.elements(document, "details")).isEmpty();
        assertThat(text(document, "pre")).containsExactly(SampleRun.data().configYaml());
    }

    @Test
    void everyTableOfNumbersScrollsInABoxOfItsOwnAndSaysHowManyColumnsItHas() throws Exception {
        Document document = Xml.parse(HtmlReport.write(SampleRun.data()));

        List<Element> tables = Xml.elements(document, "table").stream()
                .filter(table -> !table.getAttribute("class").equals("facts"))
                .toList();
        assertThat(tables).hasSize(8).allSatisfy(table -> {
            assertThat(((Element) table.getParentNode()).getAttribute("class")).isEqualTo("wide");
            int columns =
                    Xml.elements(Xml.elements(table, "thead").get(0), "th").size();
            assertThat(table.getAttribute("style")).isEqualTo("--columns:" + columns);
        });
    }

    @Test
    void theTeacherAloneHasItsClassesAndErrors() throws Exception {
        List<List<Integer>> counts = List.of(List.of(9, 1), List.of(0, 10));
        ReportData data = SampleRun.withClasses(List.of("cat", "dog"), List.of(), List.of(), counts);

        Document document = Xml.parse(HtmlReport.write(data));

        assertThat(text(document, "h2")).contains("Classes", "Errors");
        assertThat(text(document, "p"))
                .contains(
                        "The teacher is wrong about 1 of 20 test images. Most often: cat taken for dog (1).",
                        "Balanced accuracy, the mean over the 2 classes of the test images: the teacher 95.00\u00a0%.");
    }

    @Test
    void theSameDataGivesTheSameBytes() {
        assertThat(HtmlReport.write(SampleRun.data())).isEqualTo(HtmlReport.write(SampleRun.data()));
    }

    private static List<String> cells(Element row) {
        return Xml.elements(row, "td").stream().map(Element::getTextContent).toList();
    }

    private static List<String> text(Document document, String tag) {
        return Xml.elements(document, tag).stream().map(Element::getTextContent).toList();
    }

    private static List<Integer> galleries(Document document) {
        return Xml.elements(document, "div").stream()
                .filter(div -> div.getAttribute("class").equals("gallery"))
                .map(div -> Xml.elements(div, "img").size())
                .toList();
    }

    @Test
    void accuraciesOnTrainingImagesAreShownWithTheirWarning() throws Exception {
        RunSummary fitted = SampleRun.withFit(new RunSummary.Fit(1000, 0.5625, 0.99, 500, 0.9875, 0.97));

        List<String> paragraphs = text(Xml.parse(HtmlReport.write(with(SampleRun.data(), fitted))), "p");

        assertThat(paragraphs)
                .contains("As they are evaluated, the teacher answers 56.25\u00a0% of 1,000 training images correctly,"
                        + " the group 98.75\u00a0% of 500.")
                .anySatisfy(
                        paragraph -> assertThat(paragraph)
                                .startsWith(
                                        "The teacher answers 99.00 % of the training batches of its last epoch correctly, but 56.25 %"));
    }
}
