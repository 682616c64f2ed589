package io.mambapkd.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import org.junit.jupiter.api.Test;

class DocumentSectionTest {
    private static final DocumentSection SECTION = new DocumentSection("numbers");

    @Test
    void onlyWhatIsBetweenTheMarkersIsReplaced() {
        String document = "before\n" + SECTION.begin() + "\nold\n" + SECTION.end() + "\nafter\n";
        assertThat(SECTION.insert(document, "README.md", "new\n"))
                .isEqualTo("before\n" + SECTION.begin() + "\nnew\n" + SECTION.end() + "\nafter\n");
    }

    @Test
    void aDocumentWithoutMarkersIsRefused() {
        assertThatThrownBy(() -> SECTION.insert("text", "README.md", "new\n"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("README.md must hold the line")
                .hasMessageContaining("nothing was written");
    }

    @Test
    void aDocumentWithAMarkerTwiceIsRefused() {
        String document = SECTION.begin() + "\n" + SECTION.begin() + "\n" + SECTION.end() + "\n";
        assertThatThrownBy(() -> SECTION.insert(document, "README.md", "new\n")).isInstanceOf(InputException.class);
    }
}
