package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.InputException;
import io.mambapkd.tensor.ImageShape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    /** Channels 0 2 4 6, 10 10 30 30, and 255 four times; what is behind does not count. */
    private static final byte[] COLOURS = {0, 10, -1, 2, 10, -1, 4, 30, -1, 6, 30, -1, 99, 99, 99};

    private static final byte[] SEVENS = {7, 7, 7, 7};
    private static final byte[] ONE_COLOUR = {1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3};

    private static ImageSet images(int channels, int images, byte... pixels) {
        return new ImageSet(new ImageShape(2, 2, channels), 2, pixels, new byte[images]);
    }

    @Test
    void everyChannelHasNumbersOfItsOwn() {
        Statistics statistics = Statistics.of(images(3, 1, COLOURS).sums());
        assertThat(statistics.mean()).containsExactly(3 / 255f, 20 / 255f, 1f);
        assertThat(statistics.standardDeviation().get(0)).isCloseTo((float) (Math.sqrt(5) / 255), within(1e-8f));
        assertThat(statistics.standardDeviation().get(1)).isCloseTo(10 / 255f, within(1e-8f));
        assertThat(statistics.standardDeviation().get(2)).isZero();
    }

    @Test
    void allChannelsTogetherAreAsOne() {
        Statistics statistics = Statistics.of(images(3, 1, COLOURS).sums().together());
        // Of 0 2 4 6 10 10 30 30 255 255 255 255: the sum is 1112, that of the squares 262,156.
        assertThat(statistics.mean()).containsExactly((float) (1112 / 12.0 / 255));
        double variance = 262_156 / 12.0 - Math.pow(1112 / 12.0, 2);
        assertThat(statistics.standardDeviation().get(0)).isCloseTo((float) (Math.sqrt(variance) / 255), within(1e-7f));
    }

    @Test
    void manyBrightPixelsAddUpExactly() {
        byte[] pixels = new byte[3 * 200_004];
        Arrays.fill(pixels, (byte) 255);
        pixels[3 * 200_000] = 0;
        Statistics statistics = Statistics.of(images(3, 50_001, pixels).sums());

        double mean = 255 * 200_003.0 / 200_004;
        double variance = 255 * 255 * 200_003.0 / 200_004 - mean * mean;
        assertThat(statistics.mean()).containsExactly((float) (mean / 255), 1f, 1f);
        assertThat(statistics.standardDeviation().get(0)).isCloseTo((float) (Math.sqrt(variance) / 255), within(1e-7f));
        assertThat(statistics.standardDeviation().get(1)).isZero();
    }

    @Test
    void aChannelWithoutDifferencesIsDividedByOne() {
        Statistics statistics = Statistics.of(images(3, 1, COLOURS), "there");
        assertThat(statistics.standardDeviation().get(2)).isEqualTo(1f);
        assertThat(statistics.standardDeviation().get(1)).isCloseTo(10 / 255f, within(1e-8f));
    }

    @Test
    void imagesOfOneValueOrOfOneColourAreRefused() {
        assertThatThrownBy(() -> Statistics.of(images(1, 1, SEVENS), "there"))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "expected images that differ, got 4 equal pixel values, at there; there is nothing to learn from");
        assertThatThrownBy(() -> Statistics.of(images(3, 1, ONE_COLOUR), "there"))
                .hasMessage(
                        "expected images that differ, got 12 pixel values of one colour, at there; there is nothing to learn from");
    }
}
