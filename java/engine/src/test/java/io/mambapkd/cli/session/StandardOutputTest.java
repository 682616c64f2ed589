package io.mambapkd.cli.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StandardOutputTest {
    private final StringWriter err = new StringWriter();

    private static OutputStream failing(String words) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException(words);
            }
        };
    }

    private int end(StandardOutput out, int exitCode) {
        return out.end("mamba-pkd", new PrintWriter(err, true), exitCode);
    }

    @Test
    void whatIsPrintedArrivesAndTheExitCodeIsThatOfTheWork() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StandardOutput out = new StandardOutput(bytes);
        out.writer().println("größer");
        out.writer().print("and more");

        assertThat(end(out, 1)).isEqualTo(1);
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("größer" + System.lineSeparator() + "and more");
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "No space left on device, 0, 2",
        "Bad file descriptor, 0, 2",
        "Input/output error, 1, 1",
        "No space left on device, 70, 70"
    })
    void anOutputThatTakesNothingIsSaidAtTheEnd(String words, int exitCode, int expected) {
        StandardOutput out = new StandardOutput(failing(words));
        out.writer().println("lost");
        out.writer().println("lost too");

        assertThat(end(out, exitCode)).isEqualTo(expected);
        assertThat(err.toString())
                .isEqualToIgnoringNewLines("mamba-pkd: cannot write to the output: "
                        + words.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + words.substring(1)
                        + "; send it to a place that takes it");
    }

    @Test
    void aReaderThatHasEnoughIsNoErrorToTellOf() {
        StandardOutput out = new StandardOutput(failing("Broken pipe"));
        out.writer().println("too much");

        assertThat(end(out, 0)).isEqualTo(141);
        assertThat(end(out, 1)).isEqualTo(1);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void whatOnlyTheEndWritesIsSeenToo() {
        StandardOutput out = new StandardOutput(failing("No space left on device"));
        out.writer().print("short");

        assertThat(end(out, 0)).isEqualTo(2);
    }

    @Test
    void nothingPrintedToAClosedOutputIsNothingLost() {
        assertThat(end(new StandardOutput(failing("Bad file descriptor")), 2)).isEqualTo(2);
        assertThat(err.toString()).isEmpty();
    }
}
