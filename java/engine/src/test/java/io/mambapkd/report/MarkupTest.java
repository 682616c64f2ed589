package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class MarkupTest {
    @Test
    void charactersOfMarkupAreEscaped() {
        assertThat(Markup.escape("<script>a & 'b' \"c\"</script>"))
                .isEqualTo("&lt;script&gt;a &amp; &#39;b&#39; &quot;c&quot;&lt;/script&gt;");
    }

    @Test
    void whatXmlCannotHoldIsReplaced() {
        assertThat(Markup.escape("a\u0000b\u001bc\u0085d\ufffee\ud800f"))
                .isEqualTo("a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf");
    }

    @Test
    void marksThatTurnTheTextAfterThemAreReplaced() {
        assertThat(Markup.escape("a\u202eb\u2066c\u202a")).isEqualTo("a\ufffdb\ufffdc\ufffd");
        // Those that join letters stay.
        assertThat(Markup.escape("a\u200db\u200c")).isEqualTo("a\u200db\u200c");
    }

    @Test
    void ordinaryTextTabsAndLineFeedsStay() {
        String text = "Gr\u00fc\u00dfe\t\u4f60\u597d\n\ud83d\ude00 \u00a0%";

        assertThat(Markup.escape(text)).isEqualTo(text);
    }

    @Test
    void attributesAndTextsAreEscaped() {
        String document =
                new Markup().element("p", "<b>", "title", "\"><script>").document();

        assertThat(document).contains("<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;</p>");
    }

    @Test
    void aStyleSheetThatWouldNeedEscapingIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Markup().style("a::before { content: '</style>' }"));
    }

    @Test
    void aDocumentWithAnOpenElementIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> new Markup().open("main").document())
                .withMessageContaining("main");
    }
}
