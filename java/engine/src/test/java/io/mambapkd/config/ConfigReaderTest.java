package io.mambapkd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.config.ConfigNode.Mapping;
import io.mambapkd.config.ConfigNode.Scalar;
import io.mambapkd.config.ConfigNode.Style;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigReaderTest {
    private static Mapping read(String text) {
        return ConfigReader.text(text, "c.yaml");
    }

    @Test
    void valuesKnowTheLineOfTheirKey() {
        Mapping root = read("a: 1\n\n# comment\nb:\n  c: 'x'\n");

        assertThat(root.entries().get("a")).isEqualTo(new Scalar("1", Style.PLAIN, "c.yaml line 1"));
        Mapping b = (Mapping) root.entries().get("b");
        assertThat(b.origin()).isEqualTo("c.yaml line 4");
        assertThat(b.entries().get("c")).isEqualTo(new Scalar("x", Style.QUOTED, "c.yaml line 5"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            a: 1\\nb: &x 2          | c.yaml line 2: anchors (&name) are not supported; write the value out
            a: &x [1]              | c.yaml line 1: anchors (&name) are not supported; write the value out
            &x a: 1                | c.yaml line 1: anchors (&name) are not supported; write the value out
            a: 1\\nb: *x            | c.yaml line 2: aliases (*name) are not supported; write the value out
            a: !!int 3             | c.yaml line 1: tags (!name) are not supported; put text that begins with ! in quotes
            a: !x {}               | c.yaml line 1: tags (!name) are not supported; put text that begins with ! in quotes
            !x a: 1                | c.yaml line 1: tags (!name) are not supported; put text that begins with ! in quotes
            a: {}\\nb:\\n  <<: {}    | c.yaml line 3: merge keys (<<) are not supported; write the keys out
            a: 1\\nb: 2\\na: 3       | c.yaml line 3: key 'a' is given twice
            a: 1\\n---\\nb: 2        | c.yaml line 2: a second document begins; keep one
            ? [x]\\n: 1             | c.yaml line 1: a key must be a single word
            - 1                    | c.yaml line 1: expected keys with values, got a list
            word                   | c.yaml line 1: expected keys with values, got 'word'
            """)
    void whatSettingsDoNotNeedIsRefusedWithItsLine(String text, String message) {
        assertThatThrownBy(() -> read(text.replace("\\n", "\n")))
                .isInstanceOf(InputException.class)
                .hasMessage(message);
    }

    @Test
    void brokenYamlNamesTheLineInOneLine() {
        assertThatThrownBy(() -> read("a: 1\nb: [1, 2\nc: 3\n"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("c.yaml line 3: this is not valid YAML: ")
                .hasMessageNotContaining("\n");
    }

    @Test
    void nestingEndsAtSixteenLevels() {
        assertThat(read("a: " + "[".repeat(15) + "]".repeat(15)).entries()).hasSize(1);
        assertThatThrownBy(() -> read("a: " + "[".repeat(16) + "]".repeat(16)))
                .isInstanceOf(InputException.class)
                .hasMessage("c.yaml line 1: groups and lists are nested deeper than 16 levels");
    }

    @Test
    void emptyFileHasNoKeys() {
        assertThat(read("").entries()).isEmpty();
        assertThat(read("# only a comment\n").entries()).isEmpty();
    }

    @Test
    void fileThatIsMissingLargeAFolderOrBinaryIsRefused(@TempDir Path folder) throws IOException {
        Path large = Files.writeString(folder.resolve("large.yaml"), "#".repeat(256 * 1024 + 1));
        Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {'a', ':', ' ', (byte) 0xff});

        assertThatThrownBy(() -> ConfigReader.file(folder.resolve("no.yaml")))
                .isInstanceOf(InputException.class)
                .hasMessage("cannot read the settings file " + folder.resolve("no.yaml")
                        + ": there is no such file or folder; name a YAML file that can be read");
        assertThatThrownBy(() -> ConfigReader.file(large)).hasMessageContaining("is larger than 256 kB");
        assertThatThrownBy(() -> ConfigReader.file(binary)).hasMessageContaining("is not UTF-8 text");
        assertThatThrownBy(() -> ConfigReader.file(folder)).hasMessageContaining(": it is a folder");
    }

    /** Bytes that mean something in YAML, put together by chance: whatever comes out is a mapping or an {@link InputException}. */
    @Test
    void noTextMakesTheReaderFailInAnyOtherWay() {
        String[] pieces = {
            "a",
            "b",
            ": ",
            ":",
            "\n",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "&x",
            "*x",
            "!",
            "!!int ",
            "|\n",
            ">",
            "'",
            "\"",
            "#",
            "%",
            "---",
            "...",
            "?",
            "\t",
            "<<",
            "@",
            "`",
            "\\",
            "\u0000",
            "\u2028",
            "é",
            "😀",
            "%YAML 1.3\n",
            "1e5"
        };
        CounterRandom random = new CounterRandom(7, Purpose.TEST_INPUT);
        for (int sample = 0; sample < 3000; sample++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 12; i++) {
                text.append(pieces[random.below(0, sample, i, pieces.length)]);
            }
            try {
                assertThat(read(text.toString()).entries()).isNotNull();
            } catch (InputException refused) {
                assertThat(refused.getMessage()).startsWith("c.yaml line ").doesNotContain("\n");
            }
        }
    }
}
