package io.mambapkd.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.GroupComparison;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SampleRun;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SummaryTextTest {
    private static List<String> lines(RunSummary summary) {
        StringWriter text = new StringWriter();
        new SummaryText(new PrintWriter(text)).print(summary);
        return text.toString()
                .lines()
                .map(line -> line.strip().replaceAll(" +", " "))
                .toList();
    }

    /** {@code right[k]} of 100 images of class k are right; all errors go to the class before. */
    private static List<List<Integer>> confusion(int... right) {
        List<List<Integer>> rows = new ArrayList<>();
        for (int k = 0; k < right.length; k++) {
            List<Integer> row = new ArrayList<>(Collections.nCopies(right.length, 0));
            row.set(k, right[k]);
            row.set((k + right.length - 1) % right.length, 100 - right[k]);
            rows.add(row);
        }
        return rows;
    }

    private static List<String> names(int classes) {
        return IntStream.range(0, classes).mapToObj(k -> "class" + k).toList();
    }

    @Test
    void fewClassesAreAllShownInTheirOrderWithEachModelsNumbers() {
        List<String> lines = lines(
                SampleRun.withClasses(List.of("cat", "dog"), confusion(90, 50), confusion(80, 60), confusion(100, 100))
                        .summary());

        assertThat(lines)
                .containsSequence(
                        "balanced accuracy, the mean over the 2 classes of the test images: group 70.00 %, early exit 70.00 %, teacher"
                                + " 100.00 %",
                        "class images group % precision % early exit % teacher % precision %",
                        "cat 100 90.00 64.29 80.00 100.00 100.00",
                        "dog 100 50.00 83.33 60.00 100.00 100.00");
    }

    @Test
    void theFigureWithViewsIsShownBesideThePlainOneAlone() {
        assertThat(lines(SampleRun.withViews()))
                .contains(
                        "teacher on test images: plain 99.57 %, with 6 views 99.65 %; on validation images: plain 99.57 %,"
                                + " with 6 views 99.63 %");
        assertThat(lines(SampleRun.summary())).noneMatch(line -> line.contains("views"));
        // The table compares plain with plain.
        assertThat(lines(SampleRun.withViews())).contains("teacher 100.000 99.57");
    }

    @Test
    void theLastLineJudgesTheScanWhereItsControlRan() {
        RunSummary summary = SampleRun.summary(List.of(new RunSummary.Control(
                "group-conv", "c", 1, 0.1, 0.9, 0.9951, 1, Optional.of(GroupComparison.of(10_000, 3, 3, 0.25)))));

        List<String> lines = lines(summary);

        assertThat(lines.get(lines.size() - 1))
                .startsWith("The scan makes no difference that 10,000 test images can show: ")
                .endsWith(" 25.0 % of the group's FLOPs.");
        assertThat(lines(SampleRun.summary(List.of()))).noneMatch(line -> line.startsWith("The scan"));
    }

    @Test
    void ofManyClassesTheWorstAreShownWorstFirst() {
        int[] right = IntStream.range(0, 30).map(k -> 99 - k).toArray();
        right[3] = 10;
        List<String> lines = lines(SampleRun.withClasses(names(30), confusion(right), List.of(), List.of())
                .summary());

        int heading = lines.indexOf("class images group % precision %");
        assertThat(lines.get(heading - 1))
                .isEqualTo("the 10 of 30 classes with the lowest accuracy; summary.json has all:");
        assertThat(lines.subList(heading + 1, heading + 4))
                .extracting(line -> line.substring(0, line.indexOf(' ')))
                .containsExactly("class3", "class29", "class28");
        assertThat(lines.subList(heading + 1, lines.size()).stream().filter(line -> line.startsWith("class")))
                .hasSize(10);
    }

    @Test
    void classesWithoutTestImagesAreNamedAndCountInNoMean() {
        List<List<Integer>> counts = List.of(List.of(4, 0, 0), List.of(0, 0, 0), List.of(2, 0, 2));
        List<String> lines = lines(SampleRun.withClasses(List.of("cat", "dog", "eel"), counts, List.of(), counts)
                .summary());

        assertThat(lines)
                .contains(
                        "balanced accuracy, the mean over the 2 classes of the test images: group 75.00 %, teacher 75.00 %",
                        "cat 4 100.00 66.67 100.00 66.67", "eel 4 50.00 100.00 50.00 100.00", "no test images: dog")
                .noneMatch(line -> line.contains("NaN"));
    }

    @Test
    void aTeacherAloneHasItsOwnNumbers() {
        List<String> lines = lines(SampleRun.withClasses(List.of("cat", "dog"), List.of(), List.of(), confusion(90, 50))
                .summary());

        assertThat(lines)
                .contains(
                        "balanced accuracy, the mean over the 2 classes of the test images: teacher 70.00 %",
                        "class images teacher % precision %");
    }

    @Test
    void namesOfClassesAreCutAndHoldNothingThatATerminalObeys() {
        List<String> names = List.of("\u001b[31mred\nline", "x".repeat(500));
        List<String> lines = lines(SampleRun.withClasses(names, confusion(90, 50), List.of(), List.of())
                .summary());

        assertThat(lines)
                .contains("?[31mred line 100 90.00 64.29", "x".repeat(27) + "... 100 50.00 83.33")
                .noneMatch(line -> line.contains("\u001b"));
    }

    /** By the East Asian Width of Unicode: two columns for a Han letter, none for an accent that is a mark of its own. */
    @Test
    void columnsOfATableStandBelowEachOtherWhateverTheLetters() {
        StringWriter text = new StringWriter();
        TextTable table = new TextTable("class", "images");
        table.row("\u732b\u72d7", "1");
        table.row("e\u0301\u00e9", "2");
        table.row("\ud83d\ude00", "3");
        table.print(new PrintWriter(text, true));

        assertThat(text.toString().lines())
                .containsExactly(
                        "class  images",
                        "\u732b\u72d7        1",
                        "e\u0301\u00e9          2",
                        "\ud83d\ude00          3");
    }

    @Test
    void nothingIsSaidAboutClassesThatWereNotEvaluated() {
        assertThat(lines(SampleRun.teacherOnly().summary()))
                .noneMatch(line -> line.contains("class") || line.contains("balanced"));
    }
}
