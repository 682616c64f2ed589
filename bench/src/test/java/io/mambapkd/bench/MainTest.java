package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    Path folder;

    private final StringWriter errors = new StringWriter();

    private int run(String... arguments) {
        return Main.run(new PrintWriter(errors, true), arguments);
    }

    @Test
    void threadsOutOfRangeAreOneSentenceAndExitCodeTwo() {
        assertThat(run("cpu-step", "--threads", "0", "--out", "x.json")).isEqualTo(2);
        assertThat(errors)
                .hasToString("mamba-pkd-bench: --threads must be from 1 to 256, got 0" + System.lineSeparator());
    }

    @Test
    void fewerThanFiveBlocksAreRefused() {
        assertThat(run("cpu-step", "--blocks", "4", "--out", "x.json")).isEqualTo(2);
        assertThat(errors.toString()).contains("--blocks must be from 5 to 1000, got 4");
    }

    @Test
    void aMissingPeerSaysHowToBuildIt() {
        assertThat(run("cpu-step", "--out", folder.resolve("x.json").toString()))
                .isEqualTo(2);
        assertThat(errors.toString()).contains("-Ppeer").hasLineCount(1);
    }

    @Test
    void anUnknownOptionIsExitCodeTwo() {
        assertThat(run("cpu-step", "--speed", "11")).isEqualTo(2);
        assertThat(errors.toString()).hasLineCount(1);
    }

    @Test
    void tableIsWrittenIntoTheDocument() throws IOException {
        Path result = folder.resolve("x.json");
        Path document = folder.resolve("README.md");
        ResultFile.write(SampleResult.RESULT, result);
        Files.writeString(
                document,
                "# Title\n" + CpuStepTableCommand.SECTION.begin() + "\n" + CpuStepTableCommand.SECTION.end() + "\n");
        int code = run("cpu-step-table", "--from", result.toString(), "--into", document.toString());
        assertThat(code).isZero();
        assertThat(document).content().startsWith("# Title\n").contains("**2.00x**");
    }

    @Test
    void aResultThatIsNotThereIsExitCodeTwo() {
        assertThat(run("cpu-step-table", "--from", folder.resolve("x.json").toString()))
                .isEqualTo(2);
        assertThat(errors.toString()).contains("cannot be read").hasLineCount(1);
    }
}
