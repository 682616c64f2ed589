package io.mambapkd.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsLineTest {
    private static final EpochRecord EPOCH =
            new EpochRecord("student-3", 2, 12, 0.25, 0.9625, 0.975, 0.0125, 8412.5, 4.75);

    @Test
    void anEpochIsOneLineWithTheKeysInOrder() {
        assertThat(MetricsLine.write(EPOCH))
                .isEqualTo(
                        "{\"stage\":\"student-3\",\"epoch\":2,\"epochs\":12,\"loss\":0.25,\"trainAccuracy\":0.9625,"
                                + "\"validationAccuracy\":0.975,\"learningRate\":0.0125,\"imagesPerSecond\":8412.5,\"seconds\":4.75}");
    }

    @Test
    void aLineReadsBackEqual() {
        assertThat(MetricsLine.read(MetricsLine.write(EPOCH), "metrics.jsonl:1"))
                .isEqualTo(EPOCH);
    }

    @Test
    void aLossThatIsNotFiniteIsNullAndReadsBackAsNaN() {
        EpochRecord diverged = new EpochRecord("teacher", 1, 1, Double.POSITIVE_INFINITY, 0.1, 0.1, 1, 1, 1);

        String line = MetricsLine.write(diverged);

        assertThat(line).contains("\"loss\":null");
        assertThat(MetricsLine.read(line, "metrics.jsonl:1").loss()).isNaN();
    }

    @Test
    void aLineBreakInANameStaysInsideTheLine() {
        EpochRecord odd = new EpochRecord("a\nb", 1, 1, 1, 0, 0, 0, 0, 0);

        assertThat(MetricsLine.write(odd)).doesNotContain("\n");
        assertThat(MetricsLine.read(MetricsLine.write(odd), "metrics.jsonl:1")).isEqualTo(odd);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{\"stage\":\"teacher\"}", "{\"stage\":1}"})
    void refusesALineThatIsNoEpoch(String line) {
        assertThatThrownBy(() -> MetricsLine.read(line, "metrics.jsonl:7"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("metrics.jsonl:7")
                .hasMessageContaining("the record of an epoch");
    }
}
