package io.mambapkd.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Sha256SumsTest {
    /** Of nothing, and of "abc": FIPS 180-4 and its examples. */
    private static final String EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private static final String LIST = EMPTY + "  config.yaml\n" + ABC + "  checkpoints/student-1-a.safetensors\n";

    private static Sha256Sums parse(String text) {
        return Sha256Sums.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void namesAndHashesAreReadAndWrittenAsTheyWere() {
        Sha256Sums sums = parse(LIST);

        assertThat(sums.wrongLines()).isEmpty();
        assertThat(sums.names()).containsExactly("config.yaml", "checkpoints/student-1-a.safetensors");
        assertThat(sums.hashes("config.yaml")).containsExactly(EMPTY);
        assertThat(sums.hashes("checkpoints/student-1-a.safetensors")).containsExactly(ABC);
        assertThat(sums.hashes("other")).isEmpty();
        assertThat(sums.bytes()).asString().isEqualTo(LIST);
    }

    @Test
    void aFileOfTwoHashesMayHaveEitherAndKeepsItsPlace() {
        Sha256Sums both = parse(LIST).with("config.yaml", ABC);
        assertThat(both.hashes("config.yaml")).containsExactly(EMPTY, ABC);

        assertThat(both.replaced("config.yaml", ABC).bytes())
                .asString()
                .isEqualTo(ABC + "  config.yaml\n" + ABC + "  checkpoints/student-1-a.safetensors\n");
        assertThat(parse("").replaced("a", ABC).bytes()).asString().isEqualTo(ABC + "  a\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "junk",
                "",
                "b5c0  config.yaml",
                "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD  config.yaml",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad config.yaml",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  /etc/passwd",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  ../config.yaml",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a/../../b",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  ..",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a b",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  é"
            })
    void aLineThatIsNoneIsNamedAndKept(String line) {
        Sha256Sums sums = parse(LIST + line + "\n" + ABC + "  report.html\n");

        assertThat(sums.wrongLines()).containsExactly(3);
        assertThat(sums.names()).hasSize(3).contains("report.html");
        assertThat(sums.bytes()).asString(StandardCharsets.UTF_8).contains("\n" + line + "\n");
    }

    @Test
    void aLineWithoutItsEndIsNone() {
        Sha256Sums sums = parse(LIST.stripTrailing());

        assertThat(sums.wrongLines()).containsExactly(2);
        assertThat(sums.names()).containsExactly("config.yaml");
    }

    /** What a flipped bit or a cut leaves is another list, or has a line that is none. */
    @Test
    void noFlippedBitAndNoCutLeavesTheSameList() {
        byte[] whole = LIST.getBytes(StandardCharsets.UTF_8);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(isSame(Sha256Sums.parse(damaged))).as("bit %d", bit).isFalse();
        }
        for (int length = 0; length < whole.length; length++) {
            assertThat(isSame(Sha256Sums.parse(Arrays.copyOf(whole, length))))
                    .as("length %d", length)
                    .isFalse();
        }
        assertThat(isSame(Sha256Sums.parse(whole))).isTrue();
    }

    private static boolean isSame(Sha256Sums sums) {
        return sums.wrongLines().isEmpty()
                && sums.names().size() == 2
                && sums.hashes("config.yaml").contains(EMPTY)
                && sums.hashes("checkpoints/student-1-a.safetensors").contains(ABC);
    }
}
