package io.mambapkd.data.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TarReaderTest {
    private static List<String> names(TarBytes tar) throws IOException {
        TarReader reader = new TarReader(
                new ByteArrayInputStream(tar.closed()), TarReader.Bounds.NONE, TarReader.Others.PASSED_OVER);
        List<String> names = new ArrayList<>();
        for (TarReader.Entry entry = reader.next(); entry != null; entry = reader.next()) {
            names.add(entry.name());
        }
        return names;
    }

    @Test
    void aPaxPathMayHoldLineFeeds() throws IOException {
        assertThat(names(new TarBytes().paxFile("a\nb/c\n.png", new byte[1]))).containsExactly("a\nb/c\n.png");
    }

    @Test
    void aPaxValueThatLooksLikeAPathRenamesNothing() throws IOException {
        String comment = TarBytes.record("comment=x\n12 path=evil.txt\n");

        assertThat(names(new TarBytes().paxFile(comment, "a.png", new byte[1]))).containsExactly("a.png");
    }

    /** POSIX: the last record of a key counts, and an empty value takes back what was said before. */
    @Test
    void theLastPaxPathCounts() throws IOException {
        String twice = TarBytes.record("path=a.png") + TarBytes.record("path=b.png");
        TarBytes tar = new TarBytes()
                .paxFile(twice, "cut", new byte[1])
                .paxFile(twice + TarBytes.record("path="), "c.png", new byte[1]);

        assertThat(names(tar)).containsExactly("b.png", "c.png");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "path=a.png\n",
                "12 path=a.png\n",
                "99 path=a.png\n",
                "13 path=a.png",
                "0 path=a.png\n",
                " path=a.png\n",
                "5 ab\n",
                "14",
                "99999999999999999999 path=a.png\n"
            })
    void aMalformedPaxRecordIsADamagedArchive(String record) {
        TarBytes tar = new TarBytes().file("a.png", new byte[1]).paxFile(record, "b.png", new byte[1]);

        assertThatThrownBy(() -> names(tar))
                .isInstanceOf(TarReader.Damaged.class)
                .hasMessage("a malformed pax header in entry 2");
    }
}
