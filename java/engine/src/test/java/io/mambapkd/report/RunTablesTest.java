package io.mambapkd.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.RunSummary;
import io.mambapkd.results.RunSummary.EarlyExitRow;
import io.mambapkd.results.SampleRun;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class RunTablesTest {
    private final Markup html = new Markup();

    @Test
    void manyThresholdsAreThinnedButTheEndsAndTheChosenOneStay() {
        List<EarlyExitRow> exits = new ArrayList<>();
        for (int i = 0; i <= 100; i++) {
            exits.add(new EarlyExitRow(i / 100.0, 0.1, 0.9, 0.1, 0.9, List.of(0.5, 0.5)));
        }
        RunSummary summary = SampleRun.small("mnist", "first", List.of(), exits).summary();

        List<Double> shown = new RunTables(html, summary)
                .shownThresholds().stream().map(EarlyExitRow::threshold).toList();

        assertThat(shown).hasSizeLessThanOrEqualTo(RunTables.MOST_THRESHOLDS).contains(0.0, 0.5, 1.0);
        assertThat(shown).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(10);
    }

    @Test
    void fewThresholdsAreAllShown() {
        assertThat(new RunTables(html, SampleRun.summary()).shownThresholds()).hasSize(9);
    }

    @Test
    void aStudentsRowHoldsItsNumbers() throws Exception {
        new RunTables(html, SampleRun.summary()).writeModels();

        // 13,086 and 28,850 of the teacher's 14,677,760 FLOPs are 0.197 % and together 0.286 %.
        assertThat(row("student-2"))
                .containsExactly(
                        "2,266", "28.9 kFLOPs", "0.197", "94.56", "94.42", "0.286", "96.75", "96.58", "\u2013");
    }

    @Test
    void viewsHaveARowOfTheirOwnWithTheirCost() throws Exception {
        new RunTables(html, SampleRun.withViews()).writeModels();

        // Six times the teacher's 14,677,760 FLOPs.
        assertThat(row("teacher, 6 views").subList(1, 5)).containsExactly("88.1 MFLOPs", "600", "99.63", "99.65");
        assertThat(row("teacher").subList(2, 5)).containsExactly("100", "99.57", "99.57");
    }

    @Test
    void theRowOfTheGroupAddsUpItsStudents() throws Exception {
        new RunTables(html, SampleRun.summary()).writeControls();

        assertThat(row("the group itself")).containsExactly("74,778", "12.6", "99.45", "99.51", "6 min 31 s");
    }

    @Test
    void everyStageHasItsTime() throws Exception {
        new RunTables(html, SampleRun.summary()).writeTiming();

        assertThat(row("teacher")).containsExactly("4 min 15 s", "1,190");
        assertThat(row("student-7")).containsExactly("3 min 07 s", "3,300");
        assertThat(row("whole run")).containsExactly("12 min 37 s", "");
    }

    private List<String> row(String name) throws Exception {
        Element row = Xml.elements(Xml.parse(html.document().getBytes(UTF_8)), "tr").stream()
                .filter(tr -> Xml.elements(tr, "th").get(0).getTextContent().equals(name))
                .findFirst()
                .orElseThrow();
        return Xml.elements(row, "td").stream()
                .map(cell -> cell.getTextContent().replace('\u00a0', ' '))
                .toList();
    }
}
