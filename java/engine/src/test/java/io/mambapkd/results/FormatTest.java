package io.mambapkd.results;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormatTest {
    @ParameterizedTest
    @CsvSource({
        "0.000892, 0.089 %",
        "0.0059, 0.590 %",
        "0.0099951, 1.00 %",
        "0.0247, 2.47 %",
        "0.0999, 9.99 %",
        "0.12557, 12.6 %",
        "0.9999, 100 %",
        "1, 100 %",
        "1.5, 150 %"
    })
    void sharesOfFlopsHaveAboutThreeDigits(double share, String expected) {
        assertThat(Format.ratio(share).replace('\u00a0', ' ')).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "999, 999 FLOPs",
        "13086, 13.1 kFLOPs",
        "999600, 1.00 MFLOPs",
        "14677760, 14.7 MFLOPs",
        "5000000000, 5.00 GFLOPs"
    })
    void flopsHaveThreeDigitsAndAUnit(long flops, String expected) {
        assertThat(Format.flops(flops).replace('\u00a0', ' ')).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0.04, 0.0 s",
        "59.94, 59.9 s",
        "59.96, 1 min 00 s",
        "255.4, 4 min 15 s",
        "3599.6, 1 h 00 min",
        "3720, 1 h 02 min"
    })
    void secondsBecomeMinutesAndHours(double seconds, String expected) {
        assertThat(Format.seconds(seconds).replace('\u00a0', ' ')).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"12, 12", "12.3456, 12.35", "0.1, 0.1", "-0.001, 0"})
    void pixelsHaveAtMostTwoDecimals(double value, String expected) {
        assertThat(Format.pixels(value)).isEqualTo(expected);
    }

    @Test
    void countsUpToTwelveAreWords() {
        assertThat(Format.word(7)).isEqualTo("seven");
        assertThat(Format.word(12)).isEqualTo("twelve");
        assertThat(Format.word(13)).isEqualTo("13");
    }

    @ParameterizedTest
    @CsvSource({
        "short, 5, short",
        "control/group-conv/rows2-d48, 11, contr\u20262-d48",
        "abcdef, 5, ab\u2026ef",
        "'', 4, ''",
        "\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00, 3, \ud83d\ude00\u2026\ud83d\ude00"
    })
    void theMiddleOfALongNameIsLeftOut(String name, int most, String expected) {
        assertThat(Format.shortened(name, most)).isEqualTo(expected);
    }
}
