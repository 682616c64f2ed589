package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SampleRun;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsTableTest {
    @Test
    void aRunOnMnistStandsBesideThePaper() {
        assertThat(ResultsTable.markdown(SampleRun.summary())).isEqualTo("""
                        | MNIST, test set | accuracy | FLOPs of the teacher's | paper: accuracy | paper: FLOPs |
                        |---|---:|---:|---:|---:|
                        | teacher | 99.57 % | 100 % | 98 % | 100 % |
                        | student 1 | 92.69 % | 0.089 % | 72 % | 1 % |
                        | first three | 98.15 % | 0.593 % | | |
                        | all seven | 99.51 % | 12.6 % | 98 % | 63 % |
                        | early exit | 99.47 % | 2.47 % | | |
                        """);
    }

    @Test
    void aRunOnOtherDataStandsAlone() {
        RunSummary summary =
                SampleRun.small("a|b", "first", List.of(), List.of()).summary();

        assertThat(ResultsTable.markdown(summary)).isEqualTo("""
                        | a\\|b, test set | accuracy | FLOPs of the teacher's |
                        |---|---:|---:|
                        | teacher | 99.90 % | 100 % |
                        | student 1 | 90.00 % | 1.00 % |
                        | both | 99.00 % | 10.0 % |
                        """);
    }

    @Test
    void aTeacherWithoutTestAccuracyShowsItsValidationAccuracyAndSaysSo() {
        assertThat(ResultsTable.markdown(SampleRun.teacherOnly().summary()))
                .contains("| teacher (validation) | 99.57 % | 100 % | 98 % | 100 % |")
                .hasLineCount(3);
    }
}
