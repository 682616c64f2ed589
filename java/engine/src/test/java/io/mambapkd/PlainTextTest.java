package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlainTextTest {
    /** Escape, delete, the one-byte start of a control sequence, right-to-left override, separators. */
    @ParameterizedTest
    @ValueSource(strings = {"\u001b", "\u007f", "\u009b", "\u202e", "\u2028", "\u2029", "\n"})
    void whatATerminalWouldObeyIsAQuestionMark(String sign) {
        assertThat(PlainText.of("a" + sign + "[31m")).isEqualTo("a?[31m");
    }

    @Test
    void lettersOfAllLanguagesStay() {
        assertThat(PlainText.of("Größe 層 🙂")).isEqualTo("Größe 層 🙂");
    }

    @Test
    void aLineHasSingleSpaces() {
        assertThat(PlainText.line(" one\n\ttwo  three\u001b ")).isEqualTo("one two three?");
    }
}
