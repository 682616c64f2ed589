package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.results.RunSummary.Control;
import io.mambapkd.results.SampleRun;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sample run's group has 99.51 % on 10,000 images; one standard error of a difference about there is 0.10 points. */
class FindingsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "single-student | 0.9940 | the group is neither better nor worse than one student of its cost",
                "single-student | 0.9900 | the group is better than one student of its cost",
                "single-student | 0.9985 | the group is worse than one student of its cost",
                "group-conv     | 0.9949 | the scan makes no measurable difference here",
                "group-conv     | 0.9900 | the scan helps here",
                "group-conv     | 0.9985 | the scan costs accuracy here",
                "group-none     | 0.9949 | mixing tokens in the blocks makes no measurable difference here",
                "group-none     | 0.9703 | mixing tokens in the blocks helps here",
                "cnn            | 0.9949 | no measurable difference",
                "cnn            | 0.9703 | the group is better",
                "cnn            | 0.9985 | the group is worse",
                "other          | 0.9985 | the group is worse"
            })
    void aControlIsJudgedByItsNumbers(String kind, double testAccuracy, String verdict) {
        assertThat(sentence(kind, 0.12, testAccuracy)).contains(verdict);
    }

    @Test
    void theSentenceGivesDistanceAndStandardErrors() {
        // sqrt(0.9903 * 0.0097 / 10000 + 0.9951 * 0.0049 / 10000) = 0.001204, and 0.0048 / 0.001204 = 3.99.
        assertThat(sentence("group-none", 0.104, 0.9903))
                .isEqualTo(
                        "The same group with neither convolution nor scan reaches 99.03 % at 10.4 % of the teacher\u2019s"
                                + " FLOPs, 0.48 points (4.0 standard errors) below the group\u2019s 99.51 % at 12.6 %: mixing tokens in the"
                                + " blocks helps here.");
    }

    @Test
    void theDirectionOfTheDifferenceIsSaid() {
        assertThat(sentence("cnn", 0.12, 0.9950)).contains(" below the group");
        assertThat(sentence("cnn", 0.12, 0.9952)).contains(" above the group");
        assertThat(sentence("cnn", 0.12, 0.9951)).contains(", exactly the group");
    }

    @Test
    void aSingleStudentThatCostsMoreIsSetAgainstEarlyExit() {
        assertThat(sentence("single-student", 0.0855, 0.9940)).contains("early exit: 99.47 % at 2.47 % on average");
        assertThat(sentence("single-student", 0.0200, 0.9940)).doesNotContain("early exit");
    }

    @Test
    void aControlOfUnknownKindIsNamedByItsDescription() {
        assertThat(sentence("other", 0.1, 0.99)).startsWith("What it is reaches ");
    }

    @Test
    void theHeadlineGivesTheMeasuredNumbers() {
        assertThat(plain(Findings.headline(SampleRun.summary())))
                .isEqualTo(
                        "A group of seven Mamba students answers 99.51 % of the 10,000 test images of MNIST correctly with"
                                + " 12.6 % of its teacher\u2019s FLOPs; the teacher itself answers 99.57 %. Stopping as soon as the students"
                                + " are sure, the chain reaches 99.47 % with 2.47 % on average.");
    }

    @Test
    void theHeadlineOfATeacherAloneSaysOnWhichImages() {
        assertThat(plain(Findings.headline(SampleRun.teacherOnly().summary())))
                .isEqualTo(
                        "A convolutional teacher of 72,666 parameters and 14.7 MFLOPs per image answers 99.57 % of the"
                                + " 10,000 validation images of MNIST correctly.");
    }

    @Test
    void theStandardErrorOfNinetyPercentOfAHundredImagesIsThreePoints() {
        assertThat(Findings.standardError(0.9, 100)).isCloseTo(0.03, within(1e-12));
        assertThat(Findings.standardError(0.9, 0)).isZero();
    }

    private static String sentence(String kind, double ratio, double testAccuracy) {
        Control control = new Control(kind, "what it is", 1000, ratio, 0.9, testAccuracy, 10);
        return plain(Findings.controls(SampleRun.summary(List.of(control))).get(0));
    }

    private static String plain(String text) {
        return text.replace('\u00a0', ' ');
    }
}
