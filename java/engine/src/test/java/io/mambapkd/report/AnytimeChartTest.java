package io.mambapkd.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.results.RunSummary.EarlyExitRow;
import io.mambapkd.results.SampleRun;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Points from 1 % to 100 % on an axis from 0.8 % to 125 %, 772 pixels long from 66: 10 % is the middle, 452, since 125 / 10 = 10 / 0.8. Errors from
 * 10 % to 0.1 % on an axis from 12 % at 446 to 0.1 % / 1.5 at 34: 1 % is at 446 - 412 * log(12) / log(180) = 248.85.
 */
class AnytimeChartTest {
    private static final double ROUNDING = 0.01;
    private static final List<EarlyExitRow> EXITS = List.of(
            new EarlyExitRow(0.25, 0.02, 0.92, 0.02, 0.92, List.of(0.9, 0.1)),
            new EarlyExitRow(0.5, 0.05, 0.985, 0.05, 0.98, List.of(0.5, 0.5)));

    @Test
    void aGroupOfKnownCostAndAccuracyIsAtTheRightPlace() throws Exception {
        Element hit = hit(chart("other", List.of()), "both: 99.00 % at 10.0 % of the teacher\u2019s FLOPs");

        assertThat(Double.parseDouble(hit.getAttribute("cx"))).isCloseTo(452, within(ROUNDING));
        assertThat(Double.parseDouble(hit.getAttribute("cy"))).isCloseTo(248.85, within(ROUNDING));
    }

    @Test
    void theTeacherIsAtAHundredPercentOfItself() throws Exception {
        Element hit = hit(chart("other", List.of()), "teacher 99.90 %");

        // 66 + 772 * log(125) / log(156.25), and 34 + 412 * log(1.5) / log(180)
        assertThat(Double.parseDouble(hit.getAttribute("cx"))).isCloseTo(803.90, within(ROUNDING));
        assertThat(Double.parseDouble(hit.getAttribute("cy"))).isCloseTo(66.17, within(ROUNDING));
    }

    @Test
    void theLineOfTheGroupGoesThroughItsPrefixes() throws Exception {
        Document chart = chart("other", List.of());

        // 66 + 772 * log(1.25) / log(156.25), and 446 - 412 * log(1.2) / log(180)
        assertThat(Xml.elements(chart, "polyline"))
                .filteredOn(line -> line.getAttribute("class").equals("line group"))
                .first()
                .extracting(line -> line.getAttribute("points"))
                .isEqualTo("100.1,431.53 452,248.85");
    }

    @Test
    void ticksOfTheAxesAreAccuraciesAndShares() throws Exception {
        Element axis = Xml.elements(chart("other", List.of()), "g").get(0);

        assertThat(Xml.elements(axis, "text"))
                .extracting(text -> text.getTextContent().replace('\u00a0', ' '))
                .contains("90 %", "95 %", "98 %", "99 %", "99.5 %", "99.9 %")
                .contains("1 %", "2 %", "5 %", "10 %", "20 %", "50 %", "100 %");
    }

    @Test
    void thePaperIsShownForMnistOnly() throws Exception {
        assertThat(tooltips(chart("mnist", List.of())))
                .contains(
                        "paper: weakest student 72 % at 1.00 % of its teacher\u2019s FLOPs",
                        "paper: group of seven 98 % at 63.0 % of its teacher\u2019s FLOPs",
                        "paper: teacher 98 % at 100 % of its teacher\u2019s FLOPs");
        assertThat(tooltips(chart("other", List.of()))).noneMatch(text -> text.contains("paper"));
    }

    @Test
    void theChosenThresholdIsLabelledAndLarger() throws Exception {
        Document chart = chart("other", EXITS);

        assertThat(tooltips(chart))
                .contains(
                        "early exit at 0.25: 92.00 % at 2.00 % of the teacher\u2019s FLOPs",
                        "early exit at 0.5: 98.00 % at 5.00 % of the teacher\u2019s FLOPs (threshold chosen on validation)");
        assertThat(Xml.elements(chart, "text"))
                .extracting(text -> text.getTextContent().replace('\u00a0', ' '))
                .contains("early exit 98.00 %");
        assertThat(width(chart, "early exit at 0.5")).isGreaterThan(2 * width(chart, "early exit at 0.25"));
    }

    /** Letters are taken to be 0.6 of their size wide, which no usual font exceeds on average. */
    @Test
    void everyTextOfBothChartsIsWithinItsFrame() throws Exception {
        List<Element> charts = Xml.elements(chart("mnist", EXITS), "svg").stream()
                .filter(svg -> svg.getAttribute("class").startsWith("chart"))
                .toList();
        assertThat(charts).extracting(svg -> svg.getAttribute("class")).containsExactly("chart broad", "chart narrow");
        double[] fonts = {12.5, 10};
        for (int i = 0; i < 2; i++) {
            String[] box = charts.get(i).getAttribute("viewBox").split(" ", -1);
            List<Element> texts = Xml.elements(charts.get(i), "text");
            assertThat(texts).hasSizeGreaterThan(10);
            for (Element text : texts) {
                double width = 0.6 * fonts[i] * text.getTextContent().length();
                double x = Double.parseDouble(text.getAttribute("x"));
                double left = switch (text.getAttribute("text-anchor")) {
                    case "start" -> x;
                    case "end" -> x - width;
                    default -> x - width / 2;
                };
                assertThat(left).as(text.getTextContent()).isGreaterThanOrEqualTo(0);
                assertThat(left + width).as(text.getTextContent()).isLessThanOrEqualTo(Double.parseDouble(box[2]));
                assertThat(Double.parseDouble(text.getAttribute("y"))).isBetween(fonts[i], Double.parseDouble(box[3]));
            }
        }
        // A phone of 320 pixels leaves 291: then letters are at least 9 pixels high.
        assertThat(10
                        * 291
                        / Double.parseDouble(
                                charts.get(1).getAttribute("viewBox").split(" ", -1)[2]))
                .isGreaterThan(9);
    }

    @Test
    void everySeriesHasAnotherShape() {
        assertThat(AnytimeSeries.Kind.values())
                .extracting(AnytimeSeries.Kind::marker)
                .doesNotHaveDuplicates();
    }

    @Test
    void everyShapeIsDrawnAboutItsPoint() {
        for (Marker marker : Marker.values()) {
            String atOrigin = marker.path(0, 0, 4);
            String moved = marker.path(100, 0, 4);
            assertThat(moved).as(marker.name()).isNotEqualTo(atOrigin).startsWith("M");
        }
    }

    private static Document chart(String dataset, List<EarlyExitRow> exits) throws Exception {
        Markup html = new Markup().open("body");
        AnytimeChart.write(
                html,
                SampleRun.small(dataset, "first", List.of("a", "b"), exits).summary());
        return Xml.parse(html.close().document().getBytes(UTF_8));
    }

    private static List<String> tooltips(Document chart) {
        return Xml.elements(chart, "title").stream()
                .map(title -> title.getTextContent().replace('\u00a0', ' '))
                .toList();
    }

    private static Element mark(Document chart, String tooltip) {
        return Xml.elements(chart, "g").stream()
                .filter(g -> g.getAttribute("class").startsWith("mark"))
                .filter(g -> g.getTextContent().replace('\u00a0', ' ').trim().startsWith(tooltip))
                .findFirst()
                .orElseThrow();
    }

    private static Element hit(Document chart, String tooltip) {
        return Xml.elements(mark(chart, tooltip), "circle").get(0);
    }

    /** Horizontal extent of a diamond. */
    private static double width(Document chart, String tooltip) {
        String path = Xml.elements(mark(chart, tooltip), "path").get(0).getAttribute("d");
        double[] xs = Pattern.compile("[ML](\\S+) ")
                .matcher(path)
                .results()
                .mapToDouble(corner -> Double.parseDouble(corner.group(1)))
                .sorted()
                .toArray();
        return xs[xs.length - 1] - xs[0];
    }
}
