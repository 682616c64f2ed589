package io.mambapkd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileFailureTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "No space left on device|no space left on device",
                "HTTP/1.1 header parser received no bytes|HTTP/1.1 header parser received no bytes",
                "a|a",
                "A|a"
            })
    void reasonsBeginInLowerCaseButForAcronyms(String message, String reason) {
        assertThat(FileFailure.reason(new IOException(message))).isEqualTo(reason);
    }
}
