package io.mambapkd.results;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sample's teacher has 99.57 % on validation, its group more than 99. */
final class FitWarningsTest {
    private static RunSummary run(
            double teacher, @Nullable Double teacherBatches, @Nullable Double group, @Nullable Double groupBatches) {
        return SampleRun.withFit(new RunSummary.Fit(1000, teacher, teacherBatches, 500, group, groupBatches));
    }

    @Test
    void accuraciesThatAgreeGiveNoWarning() {
        assertThat(FitWarnings.of(run(0.99, 0.95, 0.99, 0.98))).isEmpty();
        assertThat(FitWarnings.of(run(0.85, 0.95, 0.82, 0.9))).isEmpty();
    }

    @Test
    void aSummaryOfAnOlderVersionGivesNoWarning() {
        assertThat(FitWarnings.of(SampleRun.summary())).isEmpty();
    }

    @Test
    void whatIsNotKnownIsNotCompared() {
        assertThat(FitWarnings.of(run(0.99, null, 0.99, null))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0.56, 0.99", "0.99, 0.56"})
    void aTeacherThatDoesOtherwiseThanInTrainingIsNamed(double evaluated, double batches) {
        assertThat(FitWarnings.of(run(evaluated, batches, 0.99, 0.99)))
                .anySatisfy(warning -> assertThat(warning)
                        .startsWith("the teacher answers ")
                        .contains("of the training batches of its last epoch correctly")
                        .contains("56.00 %", "99.00 %"));
    }

    @Test
    void aGroupThatIsRightOnValidationAloneIsNamed() {
        assertThat(FitWarnings.of(run(0.99, 0.99, 0.4, 0.5)))
                .singleElement()
                .asString()
                .startsWith("the group answers ")
                .contains("but 40.00 % of the training images: they are not of the same kind");
    }
}
