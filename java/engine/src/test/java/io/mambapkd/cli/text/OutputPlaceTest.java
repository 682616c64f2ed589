package io.mambapkd.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputPlaceTest {
    @TempDir
    private Path folder;

    @Test
    void aNewFileAndOneToReplaceAreTakenAndNothingIsWritten() throws IOException {
        Path there = Files.writeString(folder.resolve("there"), "before");

        assertThatCode(() -> OutputPlace.requireFile("--json", there)).doesNotThrowAnyException();
        assertThatCode(() -> OutputPlace.requireFile("--json", folder.resolve("new")))
                .doesNotThrowAnyException();
        assertThat(there).hasContent("before");
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void aFolderInPlaceOfTheFileIsRefused() {
        assertThatThrownBy(() -> OutputPlace.requireFile("--json", folder))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file with --json, got a folder at " + folder
                        + "; name a file in a folder that there is");
    }

    @Test
    void aFileInAFolderThatThereIsNotIsRefused() {
        Path missing = folder.resolve("missing");

        assertThatThrownBy(() -> OutputPlace.requireFile("--json", missing.resolve("x.json")))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a file in a folder that can be written with --json, got "
                        + missing.resolve("x.json") + " with nothing at " + missing
                        + "; make the folder, or name another file");
    }
}
