package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.GroupComparison;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.RunSummary.Control;
import io.mambapkd.results.SampleRun;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sample run's group answers 99.51 % of 10,000 test images correctly with 12.55 % of its teacher's FLOPs. */
class ControlSentencesTest {
    private static Control counted(String kind, int onlyGroup, int onlyControl, double flopsSaved) {
        double accuracy = 0.9951 - (onlyGroup - onlyControl) / 10_000.0;
        return new Control(
                kind,
                "it",
                1,
                0.1,
                0.9,
                accuracy,
                1,
                Optional.of(GroupComparison.of(10_000, onlyGroup, onlyControl, flopsSaved)));
    }

    private static Control uncounted(String kind, double flopsRatio, double accuracy) {
        return new Control(kind, "it", 1, flopsRatio, 0.9, accuracy, 1);
    }

    private static String scan(Control... controls) {
        return plain(ControlSentences.scan(SampleRun.summary(List.of(controls))).orElseThrow());
    }

    private static String plain(String text) {
        return text.replace('\u00a0', ' ').replace('\u2019', '\'');
    }

    @Test
    void theScanPaysBeyondTwoStandardErrors() {
        // sqrt(80 + 20) / 10000 = 0.10 points.
        assertThat(scan(counted("group-conv", 80, 20, 0.247)))
                .isEqualTo(
                        "The scan pays: with it the group answers 99.51 % of 10,000 test images correctly, without it 98.91 %, a"
                                + " difference of 0.60 points with a standard error of 0.10 points (paired: 80 images are answered"
                                + " correctly only with it, 20 only without), and the scans with their projections are 24.7 % of the"
                                + " group's FLOPs.");
    }

    @Test
    void theScanCostsWhereItsGroupIsWorse() {
        assertThat(scan(counted("group-conv", 4, 30, 0.3)))
                .startsWith(
                        "The scan costs accuracy: with it the group answers 99.51 % of 10,000 test images correctly,"
                                + " without it 99.77 %, a difference of 0.26 points with a standard error of 0.06 points (paired: 4");
    }

    @Test
    void smallDifferencesAreNone() {
        assertThat(scan(counted("group-conv", 27, 22, 0.3)))
                .startsWith("The scan makes no difference that 10,000 test images can show: with it");
    }

    @ParameterizedTest
    @CsvSource({
        "4, 0, makes no difference",
        "5, 0, pays",
        "0, 4, makes no difference",
        "0, 5, costs",
        "0, 0, makes no difference",
        "60, 40, makes no difference",
        "61, 40, pays",
        "28, 48, costs"
    })
    void exactlyTwoStandardErrorsAreNoDifference(int onlyGroup, int onlyControl, String verdict) {
        assertThat(scan(counted("group-conv", onlyGroup, onlyControl, 0.3))).startsWith("The scan " + verdict);
    }

    @Test
    void withoutCountsTheStandardErrorIsThatOfIndependentImagesAndTheSentenceSaysSo() {
        // 1 - 0.0941 / 0.1255; sqrt((0.9951 * 0.0049 + 0.99 * 0.01) / 10000) = 0.12 points.
        assertThat(scan(uncounted("group-conv", 0.0941, 0.99)))
                .startsWith("The scan pays: ")
                .contains(
                        "a difference of 0.51 points with a standard error of 0.12 points (not paired: from the number of test"
                                + " images, as if each model had its own), and the scans with their projections are 25.")
                .doesNotContain("(paired");
    }

    @Test
    void aRunWithoutThisControlOrWithoutStudentsHasNoSentence() {
        RunSummary other = SampleRun.summary(List.of(uncounted("group-none", 0.1, 0.9)));

        assertThat(ControlSentences.scan(other)).isEmpty();
        assertThat(ControlSentences.equalCost(other)).isEmpty();
        assertThat(ControlSentences.scan(SampleRun.teacherOnly().summary())).isEmpty();
    }

    @Test
    void singleStudentAndPlainCnnShareASentence() {
        RunSummary summary =
                SampleRun.summary(List.of(counted("single-student", 20, 22, 0.01), counted("cnn", 60, 21, -0.15)));

        assertThat(plain(ControlSentences.equalCost(summary).orElseThrow()))
                .isEqualTo(
                        "At about the group's FLOPs a single student (99.0 % of them) answers 99.53 % and a plain CNN (115 % of"
                                + " them) answers 99.12 % of 10,000 test images correctly, the group 99.51 %: against the single student"
                                + " it makes no difference that 10,000 test images can show (0.02 points, standard error 0.06 points,"
                                + " paired), against the plain CNN it pays (0.39 points, standard error 0.09 points, paired).");
    }

    @Test
    void ofOneOfTheTwoTheSentenceSpeaksAlone() {
        RunSummary summary = SampleRun.summary(List.of(uncounted("cnn", 0.1255, 0.9985)));

        assertThat(plain(ControlSentences.equalCost(summary).orElseThrow()))
                .contains("a plain CNN (", "against the plain CNN it costs accuracy (0.34 points", "not paired)")
                .doesNotContain("single");
    }

    @Test
    void theParagraphOfAControlIsJudgedByTheSameCounts() {
        List<String> paragraphs = Findings.controls(SampleRun.summary(List.of(counted("group-conv", 12, 2, 0.3))));

        // Of independent images 0.10 points would be one standard error.
        assertThat(plain(paragraphs.get(0))).contains("0.10 points (2.7 standard errors) below", "the scan helps here");
    }
}
