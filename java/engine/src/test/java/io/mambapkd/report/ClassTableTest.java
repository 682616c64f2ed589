package io.mambapkd.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.SampleRun;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ClassTableTest {
    private static Document written(
            List<String> names, List<List<Integer>> group, List<List<Integer>> earlyExit, List<List<Integer>> teacher)
            throws Exception {
        Markup html = new Markup().open("body");
        ClassTable.write(html, SampleRun.withClasses(names, group, earlyExit, teacher));
        return Xml.parse(html.close().document().getBytes(UTF_8));
    }

    private static List<String> rows(Document document) {
        return Xml.elements(document, "tr").stream()
                .map(row -> String.join(
                        "|",
                        Stream.concat(Xml.elements(row, "th").stream(), Xml.elements(row, "td").stream())
                                .map(Element::getTextContent)
                                .toList()))
                .toList();
    }

    private static List<String> paragraphs(Document document) {
        return Xml.elements(document, "p").stream()
                .map(p -> p.getTextContent().replace('\u00a0', ' '))
                .toList();
    }

    @Test
    void theTeachersNumbersStandBesideTheGroups() throws Exception {
        Document document = written(
                List.of("cat", "dog"),
                List.of(List.of(3, 1), List.of(0, 4)),
                List.of(List.of(2, 2), List.of(0, 4)),
                List.of(List.of(4, 0), List.of(2, 2)));

        assertThat(rows(document))
                .containsExactly(
                        "class|test images|group: accuracy %|group: precision %|early exit: accuracy %|teacher: accuracy %|teacher: precision"
                                + " %",
                        "cat|4|75.00|100.00|50.00|100.00|66.67", "dog|4|100.00|80.00|100.00|50.00|100.00");
        assertThat(paragraphs(document))
                .containsExactly(
                        "Balanced accuracy, the mean over the 2 classes of the test images: the group 87.50 %, early exit 75.00 %, the"
                                + " teacher 75.00 %.");
    }

    @Test
    void aClassWithoutTestImagesSaysSoAndHasNoAccuracy() throws Exception {
        Document document = written(List.of("cat", "dog"), List.of(List.of(3, 1), List.of(0, 0)), List.of(), List.of());

        assertThat(rows(document)).contains("dog|no test images|\u2013|0.00");
        assertThat(paragraphs(document).get(0))
                .contains("the mean over the one class of the test images: the group 75.00 %");
    }

    @Test
    void ofManyClassesTheWorstAreShownAndThoseWithoutImagesNamed() throws Exception {
        List<List<Integer>> counts = new ArrayList<>();
        for (int k = 0; k < 50; k++) {
            List<Integer> row = new ArrayList<>(Collections.nCopies(50, 0));
            if (k != 49) {
                row.set(k, 100 - k);
                row.set(0, row.get(0) + k);
            }
            counts.add(row);
        }
        List<String> names = IntStream.range(0, 50).mapToObj(k -> "class " + k).toList();

        Document document = written(names, counts, List.of(), List.of());

        List<String> rows = rows(document);
        assertThat(rows).hasSize(1 + 20);
        assertThat(rows.get(1)).startsWith("class 48|100|52.00|");
        assertThat(rows.get(20)).startsWith("class 29|100|71.00|");
        assertThat(paragraphs(document))
                .contains(
                        "The 20 of 49 classes with the lowest accuracy; summary.json has all.",
                        "No test images: class 49.");
    }

    @Test
    void hostileNamesStayText() throws Exception {
        Document document = written(
                List.of("<script>", "a\"onload=\"x"), List.of(List.of(3, 1), List.of(0, 1)), List.of(), List.of());

        assertThat(Xml.elements(document, "script")).isEmpty();
        assertThat(rows(document).get(1)).startsWith("<script>|4|");
    }
}
