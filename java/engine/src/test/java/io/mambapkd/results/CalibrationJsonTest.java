package io.mambapkd.results;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** calibration.json is read as strictly as it is written. */
public final class CalibrationJsonTest {
    private static final String FILE = "runs/a/calibration.json";

    /** Of a chain of two students, where 0.2 points are certified for neither rule. */
    public static CalibrationRecord sample() {
        return sample(0.02);
    }

    private static CalibrationRecord sample(double threshold) {
        CalibrationRecord.Rule regret =
                new CalibrationRecord.Rule(threshold, 7, 0.013, 0.9871, 0.0046, List.of(0.75, 0.25), 0.0031, 3);
        return new CalibrationRecord(
                CalibrationRecord.FORMAT_VERSION,
                "calibration",
                List.of("first", "second"),
                List.of("0a", "0b"),
                List.of(List.of(-2.5, 0.25, 1.0)),
                400,
                600,
                5_000,
                0.95,
                0.9912,
                0.0123,
                List.of(
                        new CalibrationRecord.Drop(0.2, 1497, Optional.empty(), Optional.empty()),
                        new CalibrationRecord.Drop(1, 299, Optional.of(regret), Optional.empty())),
                new CalibrationRecord.Monotony(0.05, 0.26, 0.0059),
                200,
                List.of("0.2 points are not certified"));
    }

    @Test
    void whatIsWrittenReadsBackEqual() {
        assertThat(CalibrationJson.read(CalibrationJson.write(sample()), FILE)).isEqualTo(sample());
    }

    @Test
    void numbersThatAreNoneAreNotWritten() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CalibrationJson.write(sample(Double.NaN)))
                .withMessageContaining("drops[1].regret.threshold");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "formatVersion" : 1  | "formatVersion" : 2       | expected format version 1, got 2
            "formatVersion" : 1, |                           | it has no formatVersion
            "fitImages" : 400    | "fitImages" : null        | fitImages must be a finite number
            "fitImages" : 400    | "fitImages" : "many"      | key fitImages: expected the calibration of a run
            "splits" : 200       | "splits" : 200, "more": 1 | expected the calibration of a run
            """)
    void damageIsNamed(String found, String replacement, String message) {
        String text = new String(CalibrationJson.write(sample()), UTF_8);
        String damaged = text.replace(found, replacement == null ? "" : replacement);

        assertThat(damaged).isNotEqualTo(text);
        assertThatThrownBy(() -> CalibrationJson.read(damaged.getBytes(UTF_8), FILE))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(FILE)
                .hasMessageContaining(message);
    }
}
