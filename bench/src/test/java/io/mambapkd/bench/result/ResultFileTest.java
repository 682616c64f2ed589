package io.mambapkd.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
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
}
