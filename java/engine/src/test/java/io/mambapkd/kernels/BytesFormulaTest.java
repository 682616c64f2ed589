package io.mambapkd.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class BytesFormulaTest {
    @Test
    void factorsSideBySideAreAProduct() {
        assertThat(BytesFormula.evaluate("4 (count n + 2 n)", Map.of("count", 3L, "n", 5L)))
                .isEqualTo(100);
        assertThat(BytesFormula.evaluate("8 B L D - 4", Map.of("B", 2L, "L", 3L, "D", 5L)))
                .isEqualTo(236);
    }

    @Test
    void ceilRoundsAQuotientUp() {
        assertThat(BytesFormula.evaluate(
                        "4 ceil(rows / block_rows) columns", Map.of("rows", 9L, "block_rows", 4L, "columns", 2L)))
                .isEqualTo(24);
    }

    @Test
    void anOptionalTensorCountsOnlyWhereItIsPresent() {
        assertThat(BytesFormula.evaluate("4 n (2 + [bias])", Map.of("n", 3L, "bias", 0L)))
                .isEqualTo(24);
        assertThat(BytesFormula.evaluate("4 n (2 + [bias])", Map.of("n", 3L, "bias", 1L)))
                .isEqualTo(36);
    }

    @Test
    void proseAndUnknownNamesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BytesFormula.evaluate("8 n; twice", Map.of("n", 1L)))
                .withMessage("\"8 n; twice\" is no formula of bytes: not understood from \"; twice\" on");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BytesFormula.evaluate("8 m", Map.of("n", 1L)))
                .withMessage("\"8 m\" has m, which is not among [n]");
    }
}
