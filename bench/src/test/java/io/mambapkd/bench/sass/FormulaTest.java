package io.mambapkd.bench.sass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers that depend on a launch. */
class FormulaTest {
    private static final List<Long> ARGUMENTS = List.of(0L, 10L, 33L);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "7 | 7",
                "warps | 64",
                "$2 $3 | 330",
                "$2 ceil($3 / 32) | 20",
                "2 + 3 $2 - 1 | 31",
                "ceil(min($2, $3) / 4) 2 | 6",
                "min($3 + 1, 100) | 34",
                "$3 / 3 / 11 | 1"
            })
    void aFormulaHasTheValueOfItsArithmetic(String formula, double value) {
        assertThat(Formula.value(formula, ARGUMENTS, 64)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "$4", "$0", "ceil(2", "2 +", "rows", "min(2)", "2)"})
    void whatIsNoFormulaIsRefusedWithItsText(String formula) {
        assertThatThrownBy(() -> Formula.value(formula, ARGUMENTS, 64))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("'" + formula + "'");
    }

    @Test
    void aLoopRunsAsOftenAsItsFormulaSays() {
        CountedLoop loop = CountedLoop.parse("scan\tsteps\tmufu\t1\t4\t$2 ceil($3 / 4)\t-", "loops.tsv")
                .loops()
                .get(0);
        assertThat(loop.iterations(ARGUMENTS, 1)).isEqualTo(90);
    }
}
