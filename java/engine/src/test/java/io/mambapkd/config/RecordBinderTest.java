package io.mambapkd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigNode.Style;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RecordBinderTest {
    /** Two settings that depend on each other. */
    public record Range(int low, int high) {
        public Range {
            if (low > high) {
                throw new InputException(
                        new Problem("high", "low must not be above high, got " + low + " and " + high, "swap them"));
            }
        }
    }

    private static Mapping range(String low, String high) {
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        entries.put("low", new Scalar(low, Style.PLAIN, "c.yaml line 1"));
        entries.put("high", new Scalar(high, Style.PLAIN, "c.yaml line 2"));
        return new Mapping(entries, "c.yaml");
    }

    @Test
    void theLineIsThatOfTheKeyOfTheProblemWhateverItsSentenceSays() {
        assertThatThrownBy(() -> RecordBinder.bind(Range.class, range("3", "2")))
                .isInstanceOfSatisfying(InputException.class, refused -> {
                    Problem problem =
                            new Problem("high", "c.yaml line 2: low must not be above high, got 3 and 2", "swap them");
                    assertThat(refused.problem()).isEqualTo(problem);
                })
                .hasMessage("c.yaml line 2: low must not be above high, got 3 and 2; swap them");
    }
}
