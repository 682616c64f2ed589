package io.mambapkd.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SampleRun;
import java.util.Collections;
import java.util.List;
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

    @Test
    void aMatrixTooLargeForAPageIsOnlyDescribed() throws Exception {
        RunSummary summary = data.summary();
        List<Integer> row = Collections.nCopies(40, 1);
        RunSummary large = new RunSummary(
                1,
                "other",
                "cpu",
                "",
                1,
                1,
                1,
                1,
                1,
                summary.teacher(),
                summary.students(),
                List.of(),
                0,
                List.of(),
                Collections.nCopies(40, row),
                List.of(),
                List.of(),
                List.of(),
                RunSummary.PerClass.of(Collections.nCopies(40, row), List.of(), List.of()),
                summary.timing(),
                List.of(),
                null,
                null);
        Markup html = new Markup().open("body");

        ConfusionTable.write(html, new ReportData(large, List.of(), "", List.of(), List.of(), "", data.created()));

        assertThat(html.close().document())
                .contains("1,560 of 1,600 test images")
                .doesNotContain("<table");
    }
}
