package io.mambapkd.bench.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.bench.result.ResultFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuStepResultTest {
    @TempDir
    Path folder;

    @Test
    void aResultReadBackIsTheSame() {
        Path file = folder.resolve("results/cpu.json");
        ResultFile.write(SampleResult.RESULT, file);
        assertThat(ResultFile.read(file, CpuStepResult.FILES)).isEqualTo(SampleResult.RESULT);
    }

    @Test
    void writingReplacesTheFileAndLeavesNoOther() throws IOException {
        Path file = folder.resolve("cpu.json");
        Files.writeString(file, "an older one");
        ResultFile.write(SampleResult.RESULT, file);
        assertThat(folder).isDirectoryContaining(file::equals);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(file).content().contains("\"imagesPerSecond\"").endsWith("}\n");
    }

    @Test
    void aFolderInPlaceOfTheFileIsRefused() {
        assertThatThrownBy(() -> ResultFile.write(SampleResult.RESULT, folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("it is a folder");
    }

    @Test
    void aFileThatIsNoResultIsRefused() throws IOException {
        Path file = folder.resolve("cpu.json");
        String envelope = "\"kind\": \"cpu-step\", \"formatVersion\": ";
        for (String text : List.of(
                "{",
                "[]",
                "{}",
                "null",
                "",
                "{" + envelope + "2}",
                "{" + envelope + "2, \"unknown\": 2}",
                "{" + envelope + "1}")) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> ResultFile.read(file, CpuStepResult.FILES))
                    .as(text)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining(";");
        }
    }

    @Test
    void aMissingFileIsRefusedWithWhatWritesOne() {
        assertThatThrownBy(() -> ResultFile.read(folder.resolve("none.json"), CpuStepResult.FILES))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("; name a file that a command of mamba-pkd bench wrote");
    }
}
