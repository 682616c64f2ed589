package io.mambapkd.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.ReportData;
import io.mambapkd.results.ReportData.Example;
import io.mambapkd.results.ReportData.Examples;
import io.mambapkd.results.SampleRun;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ExampleGalleryTest {
    private static final List<List<Integer>> GROUP = List.of(List.of(7, 3, 0), List.of(1, 9, 0), List.of(0, 0, 4));
    private static final List<List<Integer>> TEACHER = List.of(List.of(8, 2, 0), List.of(0, 10, 0), List.of(0, 0, 4));

    private static Example example(int index, int label, int teacher, Integer... answers) {
        ImageShape shape = new ImageShape(2, 3, 3);
        return new Example(index, new byte[shape.elements()], shape, label, List.of(answers), 0.875, teacher);
    }

    private static ReportData data(List<String> names, List<List<Integer>> teacher, Examples examples) {
        ReportData data = SampleRun.withClasses(names, GROUP, GROUP, teacher);
        return new ReportData(
                data.summary(),
                data.epochs(),
                data.configYaml(),
                data.samples(),
                examples,
                data.classNames(),
                data.version(),
                data.created());
    }

    private static Element section(Document document, String heading) {
        return Xml.elements(document, "section").stream()
                .filter(section ->
                        Xml.elements(section, "h2").get(0).getTextContent().equals(heading))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> rows(Element section) {
        return Xml.elements(section, "tr").stream()
                .map(row -> String.join(
                        "|",
                        Stream.concat(Xml.elements(row, "th").stream(), Xml.elements(row, "td").stream())
                                .map(Element::getTextContent)
                                .toList()))
                .toList();
    }

    private static List<String> texts(Element parent, String tag) {
        return Xml.elements(parent, tag).stream().map(Element::getTextContent).toList();
    }

    @Test
    void theTableHasCountShareAndTheTeachersCountOfEachConfusion() throws Exception {
        Document document = Xml.parse(HtmlReport.write(data(List.of("cat", "dog", "eel"), TEACHER, Examples.NONE)));

        Element section = section(document, "Worst confusions");
        assertThat(rows(section))
                .containsExactly(
                        "true class|answer|group: test images|group: % of the class\u2019s|teacher: test images",
                        "cat|dog|3|30.00|2", "dog|cat|1|10.00|0");
        assertThat(Xml.elements(section, "img")).isEmpty();
    }

    @Test
    void aTeacherThatWasNotEvaluatedHasNoCounts() throws Exception {
        Document document = Xml.parse(HtmlReport.write(data(List.of("cat", "dog", "eel"), List.of(), Examples.NONE)));

        assertThat(rows(section(document, "Worst confusions"))).contains("cat|dog|3|30.00|\u2013");
    }

    @Test
    void atMostEightConfusionsAreShownAndNoneWhereThereIsNoError() throws Exception {
        List<List<Integer>> ones = Collections.nCopies(5, Collections.nCopies(5, 1));
        List<String> names = List.of("a", "b", "c", "d", "e");
        Document many = Xml.parse(HtmlReport.write(SampleRun.withClasses(names, ones, List.of(), List.of())));
        List<List<Integer>> right = List.of(List.of(3, 0), List.of(0, 4));
        Document none =
                Xml.parse(HtmlReport.write(SampleRun.withClasses(List.of("a", "b"), right, List.of(), List.of())));

        assertThat(rows(section(many, "Worst confusions"))).hasSize(1 + 8);
        assertThat(texts(none.getDocumentElement(), "h2")).doesNotContain("Worst confusions", "What more students buy");
    }

    @Test
    void imagesStandBelowTheirConfusionWithTheAnswersOfGroupAndTeacher() throws Exception {
        Examples examples = new Examples(
                List.of(example(4, 0, 0, 2, 1), example(9, 0, 1, 1, 1), example(11, 1, 1, 0, 0)), List.of());

        Element section = section(
                Xml.parse(HtmlReport.write(data(List.of("cat", "dog", "eel"), TEACHER, examples))), "Worst confusions");

        assertThat(texts(section, "h3")).containsExactly("cat taken for dog", "dog taken for cat");
        assertThat(texts(section, "figcaption"))
                .containsExactly(
                        "catgroup: dog \u2717, p\u00a00.88teacher: cat",
                        "catgroup: dog \u2717, p\u00a00.88teacher: dog \u2717",
                        "doggroup: cat \u2717, p\u00a00.88teacher: dog");
        assertThat(Xml.elements(section, "img"))
                .extracting(image -> image.getAttribute("alt"))
                .containsExactly("test image 4, cat", "test image 9, cat", "test image 11, dog");
    }

    @Test
    void whatIsCorrectedHasTheAnswerAfterEachStudent() throws Exception {
        Examples examples =
                new Examples(List.of(), List.of(example(3, 2, 2, 0, 0, 1, 2), example(5, 1, 0, 0, 1, 1, 1)));

        Element section = section(
                Xml.parse(HtmlReport.write(data(List.of("cat", "dog", "eel"), TEACHER, examples))),
                "What more students buy");

        assertThat(texts(section, "figcaption"))
                .containsExactly(
                        "eelafter 1\u20132: cat \u2717after 3: dog \u2717after 4: eelteacher: eel",
                        "dogafter 1: cat \u2717after 2\u20134: dogteacher: cat \u2717");
    }

    @Test
    void namesAreEscapedAndALongOneIsLeftToTheStyleSheet() throws Exception {
        String longName = "<b>" + "x".repeat(300);
        Examples examples = new Examples(List.of(example(1, 0, 0, 1)), List.of(example(2, 1, 0, 0, 1)));

        byte[] report = HtmlReport.write(data(List.of(longName, "\"dog'", "eel"), TEACHER, examples));

        assertThat(new String(report, UTF_8)).doesNotContain("<b>");
        Document document = Xml.parse(report);
        for (String heading : List.of("Worst confusions", "What more students buy")) {
            assertThat(Xml.elements(section(document, heading), "span"))
                    .filteredOn(span -> span.getTextContent().equals(longName))
                    .isNotEmpty()
                    .allSatisfy(span -> {
                        assertThat(span.getAttribute("class")).isEqualTo("cut");
                        assertThat(span.getAttribute("title")).isEqualTo(longName);
                    });
        }
        assertThat(HtmlReport.styleSheet()).contains(".cut {", "text-overflow: ellipsis", "image-rendering: pixelated");
    }

    @Test
    void blankAndMissingNamesAreNumbers() throws Exception {
        Document document = Xml.parse(HtmlReport.write(data(List.of(" \t", ""), TEACHER, Examples.NONE)));

        assertThat(rows(section(document, "Worst confusions"))).contains("0|1|3|30.00|2", "1|0|1|10.00|0");
        assertThat(data(List.of("cat", " "), TEACHER, Examples.NONE).className(2))
                .isEqualTo("2");
    }

    @Test
    void theImagesOfAReportAreBoundedWhateverTheirSize() throws Exception {
        ImageShape shape = new ImageShape(256, 256, 3);
        List<Example> confused = new ArrayList<>();
        List<Example> corrected = new ArrayList<>();
        java.util.Random random = new java.util.Random(3);
        IntStream.range(0, 24).forEach(i -> {
            byte[] pixels = new byte[shape.elements()];
            random.nextBytes(pixels);
            (i < 16 ? confused : corrected)
                    .add(new Example(i, pixels, shape, 0, i < 16 ? List.of(1) : List.of(1, 0), 0.5, 0));
        });
        ReportData data = data(List.of("cat", "dog", "eel"), TEACHER, new Examples(confused, corrected));

        byte[] report = HtmlReport.write(data);

        Document document = Xml.parse(report);
        assertThat(Xml.elements(document, "img")).hasSize(24);
        assertThat(Xml.elements(document, "img").stream()
                        .mapToInt(image -> image.getAttribute("src").length())
                        .sum())
                .isLessThanOrEqualTo(300_000);
        assertThat(HtmlReport.write(data)).isEqualTo(report);
    }
}
