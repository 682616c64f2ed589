package io.mambapkd.distill.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinomialTailTest {
    @ParameterizedTest
    @CsvSource({"0, 27", "1, 54", "2, 63", "3, 64"})
    void threeTrialsAreCountedByHand(int successes, double sixtyFourths) {
        assertThat(BinomialTail.atMost(successes, 3, 0.25)).isCloseTo(sixtyFourths / 64, within(1e-15));
    }

    /** Term by term with sixty digits. */
    private static double exact(int successes, int trials, String probability) {
        MathContext digits = new MathContext(60);
        BigDecimal p = new BigDecimal(probability);
        BigDecimal q = BigDecimal.ONE.subtract(p);
        BigDecimal term = q.pow(trials, digits);
        BigDecimal sum = BigDecimal.ZERO;
        for (int k = 0; k <= successes; k++) {
            sum = sum.add(term, digits);
            term = term.multiply(BigDecimal.valueOf(trials - k), digits)
                    .multiply(p, digits)
                    .divide(BigDecimal.valueOf(k + 1).multiply(q, digits), digits);
        }
        return sum.doubleValue();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 10000, 0.002", "12, 10000, 0.002", "13, 10000, 0.002", "38, 10000, 0.005", "83, 10000, 0.01",
        "130, 10000, 0.01", "4900, 10000, 0.5", "9000, 10000, 0.9", "9999, 10000, 0.9999", "6, 6000, 0.002"
    })
    void tenThousandTrialsAreExact(int successes, int trials, String probability) {
        double expected = exact(successes, trials, probability);

        assertThat(BinomialTail.atMost(successes, trials, Double.parseDouble(probability)))
                .isCloseTo(expected, within(1e-10 * expected));
    }

    @Test
    void theEndsAreNeitherLostNorBeyondOne() {
        assertThat(BinomialTail.atMost(10_000, 10_000, 0.3)).isEqualTo(1);
        assertThat(BinomialTail.atMost(9_999, 10_000, 0.001)).isEqualTo(1);
        assertThat(BinomialTail.atMost(0, 10_000, 0.5)).isBetween(0.0, 1e-300);
        assertThat(BinomialTail.atMost(3, 10, 1)).isZero();
        assertThat(BinomialTail.atMost(0, 10, 0)).isEqualTo(1);
    }

    /** By hand: ln 0.05 is -2.9957, and ln 0.998, 0.995, 0.99 and 0.5 are -0.0020020, -0.0050125, -0.0100503 and -0.6931. */
    @ParameterizedTest
    @CsvSource({"0.002, 0.95, 1497", "0.005, 0.95, 598", "0.01, 0.95, 299", "0.5, 0.95, 5", "0.5, 0.75, 2", "1, 0.95, 1"
    })
    void aPromiseNeedsSoManyImages(double risk, double confidence, int images) {
        assertThat(BinomialTail.imagesNeeded(risk, confidence)).isEqualTo(images);
    }
}
