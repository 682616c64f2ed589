package io.mambapkd.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.bench.cpu.CpuStepResult;
import io.mambapkd.bench.cpu.SampleResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFileTest {
    @TempDir
    Path folder;

    @Test
    void aResultMayBeReadByWhomAnyNewFileMayBeRead() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain"), "");
        Path file = folder.resolve("result.json");
        ResultFile.write(SampleResult.RESULT, file);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(Files.getPosixFilePermissions(plain));
    }

    @Test
    void aFileThatCannotBeReadIsRefusedWithTheReason() {
        Path missing = folder.resolve("missing.json");
        assertThatThrownBy(() -> ResultFile.text(missing))
                .isInstanceOf(InputException.class)
                .hasMessage("the result " + missing + " cannot be read: there is no such file or folder; name a file"
                        + " that a command of mamba-pkd bench wrote");
    }

    @Test
    void damagedFilesAreToldWithoutTheTermsOfTheParser() throws IOException {
        Path half = Files.writeString(folder.resolve("half.json"), "{\"formatVersion\": 1");
        assertThatThrownBy(() -> ResultFile.envelope(half))
                .isInstanceOf(InputException.class)
                .hasMessage("the result " + half
                        + " is not JSON: Unexpected end-of-input: expected close marker for Object; measure again");
        Path word = Files.writeString(folder.resolve("word.json"), "measured");
        assertThatThrownBy(() -> ResultFile.envelope(word))
                .isInstanceOf(InputException.class)
                .hasMessage("the result " + word + " is not JSON: Unrecognized token 'measured'; measure again");
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        Path file = folder.resolve("result.json");
        ResultFile.write(SampleResult.RESULT, file);
        Files.writeString(file, Files.readString(file).replace("\"origin\"", "\"source\""));
        assertThatThrownBy(() -> ResultFile.read(file, CpuStepResult.FILES))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("'origin'")
                .hasMessageNotContaining("DeserializationFeature");
    }
}
