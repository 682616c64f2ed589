package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.InputException;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    /** Channels 0 2 4 6, 10 10 30 30, and 255 four times; what is behind does not count. */
    private static final byte[] COLOURS = {0, 10, -1, 2, 10, -1, 4, 30, -1, 6, 30, -1, 99, 99, 99};

    @Test
    void everyChannelHasNumbersOfItsOwn() {
        Statistics statistics = Statistics.of(COLOURS, 12, 3);
        assertThat(statistics.mean()).containsExactly(3 / 255f, 20 / 255f, 1f);
        assertThat(statistics.standardDeviation().get(0)).isCloseTo((float) (Math.sqrt(5) / 255), within(1e-8f));
        assertThat(statistics.standardDeviation().get(1)).isCloseTo(10 / 255f, within(1e-8f));
        assertThat(statistics.standardDeviation().get(2)).isZero();
    }

    @Test
    void aChannelWithoutDifferencesIsDividedByOne() {
        Statistics statistics = Statistics.of(COLOURS, 12, 3, "there");
        assertThat(statistics.standardDeviation().get(2)).isEqualTo(1f);
        assertThat(statistics.standardDeviation().get(1)).isCloseTo(10 / 255f, within(1e-8f));
    }

    @Test
    void imagesOfOneValueOrOfOneColourAreRefused() {
        assertThatThrownBy(() -> Statistics.of(new byte[] {7, 7, 7, 7}, 4, 1, "there"))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "expected images that differ, got 4 equal pixel values, at there; there is nothing to learn from");
        assertThatThrownBy(() -> Statistics.of(new byte[] {1, 2, 3, 1, 2, 3}, 6, 3, "there"))
                .hasMessage(
                        "expected images that differ, got 6 pixel values of one colour, at there; there is nothing to learn from");
    }
}
