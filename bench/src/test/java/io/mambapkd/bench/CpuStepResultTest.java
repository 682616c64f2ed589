package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuStepResultTest {
    @TempDir
    Path folder;

    @Test
    void aResultReadBackIsTheSame() {
        Path file = folder.resolve("results/cpu.json");
        SampleResult.RESULT.write(file);
        assertThat(CpuStepResult.read(file)).isEqualTo(SampleResult.RESULT);
    }

    @Test
    void writingReplacesTheFileAndLeavesNoOther() throws IOException {
        Path file = folder.resolve("cpu.json");
        Files.writeString(file, "an older one");
        SampleResult.RESULT.write(file);
        assertThat(folder).isDirectoryContaining(file::equals);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(file).content().contains("\"imagesPerSecond\"").endsWith("}\n");
    }

    @Test
    void aFolderInPlaceOfTheFileIsRefused() {
        assertThatThrownBy(() -> SampleResult.RESULT.write(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("it is a folder");
    }

    @Test
    void aFileThatIsNoResultIsRefused() throws IOException {
        Path file = folder.resolve("cpu.json");
        for (String text : new String[] {"{", "[]", "{}", "{\"date\": 1, \"unknown\": 2}", "null", ""}) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> CpuStepResult.read(file))
                    .as(text)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("is not one of cpu-step");
        }
    }

    @Test
    void aMissingFileIsRefusedWithTheCommandThatWritesOne() {
        assertThatThrownBy(() -> CpuStepResult.read(folder.resolve("none.json")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("cpu-step --out");
    }
}
