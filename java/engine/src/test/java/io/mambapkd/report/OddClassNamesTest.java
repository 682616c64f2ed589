package io.mambapkd.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.ReportData;
import io.mambapkd.results.SampleRun;
import io.mambapkd.results.SummaryJson;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Names of classes come from folders and files of anybody. */
class OddClassNamesTest {
    private static final String LONG = "x".repeat(100) + "y".repeat(100);
    private static final String TURNED = "cat\u202egod";
    private static final List<String> NAMES = List.of(
            "<script>alert(1)</script>", "\u001b[31mred\u009b1m", LONG, "\u732b \u548c \u72d7", TURNED, "two  words");

    /** Every class is taken for every other once. */
    private static ReportData data() {
        List<List<Integer>> counts = IntStream.range(0, NAMES.size())
                .mapToObj(label -> IntStream.range(0, NAMES.size())
                        .map(answer -> answer == label ? 9 : 1)
                        .boxed()
                        .toList())
                .toList();
        return SampleRun.withClasses(NAMES, counts, counts, counts);
    }

    @Test
    void theReportShowsThemAsText() throws Exception {
        byte[] report = HtmlReport.write(data());
        Document document = Xml.parse(report);

        assertThat(Xml.elements(document, "script")).isEmpty();
        assertThat(new String(report, UTF_8)).doesNotContain("\u001b", "\u009b", "\u202e", "<script");
        List<String> heads = new ArrayList<>();
        for (Element head : Xml.elements(document, "th")) {
            heads.add(head.getTextContent());
        }
        assertThat(heads).contains("<script>alert(1)</script>", LONG, "\u732b \u548c \u72d7");
    }

    @Test
    void aLongNameIsWholeInTheTableOfClassesAndCutInSentences() throws Exception {
        Document document = Xml.parse(HtmlReport.write(data()));

        for (Element paragraph : Xml.elements(document, "p")) {
            assertThat(paragraph.getTextContent()).doesNotContain(LONG);
        }
        assertThat(Xml.elements(document, "p"))
                .extracting(Element::getTextContent)
                .anyMatch(text -> text.contains("x".repeat(19) + "\u2026" + "y".repeat(20)));
    }

    @Test
    void theJsonKeepsThemAndHoldsNothingThatATerminalObeys() {
        byte[] json = SummaryJson.write(data().summary());

        assertThat(new String(json, UTF_8))
                .contains("\\u001B[31mred\\u009B1m", "cat\\u202Egod")
                .doesNotContain("\u001b", "\u009b", "\u202e");
        assertThat(SummaryJson.read(json, "summary.json").classNames()).isEqualTo(NAMES);
    }
}
