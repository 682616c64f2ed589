package io.mambapkd.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.ReportData;
import io.mambapkd.results.SampleRun;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ConfusionTableTest {
    private final ReportData data = SampleRun.small("other", "first", List.of("cat", "dog"), List.of());

    @Test
    void theLargestErrorsAreNamedFirst() {
        assertThat(ConfusionTable.largestErrors(data))
                .isEqualTo(
                        "The whole group is wrong about 10 of 200 test images. Most often: dog taken for cat (7), cat taken for"
                                + " dog (3).");
    }

    @Test
    void onlyErrorsAreShadedAndTheMostFrequentMost() throws Exception {
        Markup html = new Markup().open("body");
        ConfusionTable.write(html, data);
        Document document = Xml.parse(html.close().document().getBytes(UTF_8));

        List<Element> cells = Xml.elements(document, "td");
        assertThat(cells).extracting(Element::getTextContent).containsExactly("90", "3", "7", "100");
        assertThat(cells)
                .extracting(cell -> cell.getAttribute("style"))
                .containsExactly("", "--shade:0.37", "--shade:0.70", "");
    }

    private static Document written(List<String> names, List<List<Integer>> counts) throws Exception {
        Markup html = new Markup().open("body");
        ConfusionTable.write(html, SampleRun.withClasses(names, counts, List.of(), List.of()));
        return Xml.parse(html.close().document().getBytes(UTF_8));
    }

    /** (K, K): 10 images of each class, all right but for {@code wrong} {label, answer, count} of them. */
    private static List<List<Integer>> counts(int classes, int[]... wrong) {
        List<List<Integer>> rows = new ArrayList<>();
        for (int k = 0; k < classes; k++) {
            List<Integer> row = new ArrayList<>(Collections.nCopies(classes, 0));
            row.set(k, 10);
            rows.add(row);
        }
        for (int[] error : wrong) {
            rows.get(error[0]).set(error[1], error[2]);
            rows.get(error[0]).set(error[0], rows.get(error[0]).get(error[0]) - error[2]);
        }
        return rows;
    }

    private static List<String> names(int classes) {
        return IntStream.range(0, classes).mapToObj(k -> "class " + k).toList();
    }

    @Test
    void aMatrixOfTwentySixClassesIsShownWhole() throws Exception {
        Document document = written(names(26), counts(26, new int[] {0, 25, 3}));

        assertThat(Xml.elements(document, "td")).hasSize(26 * 26);
        assertThat(Xml.elements(document, "table"))
                .singleElement()
                .extracting(table -> table.getAttribute("class"))
                .isEqualTo("confusion turned");
    }

    @Test
    void aLongNameIsShortenedAndWholeInItsTitle() throws Exception {
        String name = "a".repeat(50) + "z".repeat(50);

        Document document = written(List.of(name, "b"), counts(2));

        assertThat(Xml.elements(document, "th"))
                .filteredOn(th -> th.getAttribute("title").equals(name))
                .extracting(Element::getTextContent)
                .containsExactly("aaaaaaaaa\u2026zzzzzzzzzz", "aaaaaaaaa\u2026zzzzzzzzzz");
    }

    @Test
    void shortNamesLieAndLongOnesStandUpright() throws Exception {
        assertThat(Xml.elements(written(List.of("cat", "bird"), counts(2)), "table"))
                .singleElement()
                .extracting(table -> table.getAttribute("class"))
                .isEqualTo("confusion");
    }

    @Test
    void theErrorsOfALargerMatrixAreListedByTheirCount() throws Exception {
        Document document =
                written(names(27), counts(27, new int[] {3, 1, 2}, new int[] {26, 0, 7}, new int[] {3, 0, 5}));

        List<String> rows = Xml.elements(document, "tr").stream()
                .map(row -> String.join(
                        "|",
                        Stream.concat(Xml.elements(row, "th").stream(), Xml.elements(row, "td").stream())
                                .map(Element::getTextContent)
                                .toList()))
                .toList();
        assertThat(rows)
                .containsExactly(
                        "label|answer|test images|% of the label\u2019s",
                        "class 26|class 0|7|70.00", "class 3|class 0|5|50.00", "class 3|class 1|2|20.00");
    }

    @Test
    void aListOfManyErrorsIsCutAndSaysSo() throws Exception {
        Document document = written(names(40), Collections.nCopies(40, Collections.nCopies(40, 1)));

        assertThat(Xml.elements(document, "tr")).hasSize(1 + 30);
        assertThat(Xml.elements(document, "p"))
                .extracting(Element::getTextContent)
                .anyMatch(text -> text.contains("1,560 of 1,600 test images"))
                .contains(
                        "These are the 30 most frequent of 1,560 kinds of errors; summary.json has the whole matrix.");
    }

    @Test
    void aLargerMatrixWithoutErrorsNeedsNoList() throws Exception {
        assertThat(Xml.elements(written(names(200), counts(200)), "table")).isEmpty();
    }
}
