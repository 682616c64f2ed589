package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.commands.BenchCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    Path folder;

    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int run(String... arguments) {
        return Main.run(new PrintWriter(output), new PrintWriter(errors, true), arguments);
    }

    @Test
    void threadsOutOfRangeAreOneSentenceAndExitCodeTwo() {
        assertThat(run("cpu-step", "--threads", "0", "--out", "x.json")).isEqualTo(2);
        assertThat(errors)
                .hasToString("mamba-pkd bench: --threads must be from 1 to 256, got 0" + System.lineSeparator());
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
    void anUnknownTeacherIsNamedBesideTheOnesThereAre() {
        assertThat(run("cpu-teachers", "--teachers", "cnn,vgg", "--out", "x.json"))
                .isEqualTo(2);
        assertThat(errors.toString()).contains("vgg", "RESNET9_16");
    }

    @Test
    void anUnknownOptionIsExitCodeTwo() {
        assertThat(run("cpu-step", "--speed", "11")).isEqualTo(2);
        assertThat(errors.toString()).startsWith("mamba-pkd bench: ").contains("see: mamba-pkd bench cpu-step --help");
    }

    @Test
    void helpOfACommandIsWhatItsOptionPrints() {
        assertThat(run("help", "step")).isZero();
        String words = output.toString();
        output.getBuffer().setLength(0);
        assertThat(run("step", "--help")).isZero();

        assertThat(words).isEqualTo(output.toString()).startsWith("Usage: mamba-pkd bench step ");
    }

    @Test
    void anUnknownCommandIsNamedBesideTheOnesThereAre() {
        assertThat(run("foo")).isEqualTo(2);

        assertThat(errors.toString())
                .startsWith("mamba-pkd bench: unknown command 'foo'; expected one of kernels, step, job, ");
    }

    /** The program whose list of commands and completion they are in cannot ask for them. */
    @Test
    void theCommandsAreThoseThatMambaPkdNames() {
        assertThat(run()).isEqualTo(2);

        assertThat(errors.toString())
                .startsWith("mamba-pkd bench: expected a command: " + String.join(", ", BenchCommand.COMMANDS.keySet())
                        + ", help" + System.lineSeparator());
    }

    @Test
    void aCommandIsCalledWhatTheUserTypes() {
        assertThat(run("--help")).isZero();
        assertThat(run("step", "--help")).isZero();
        assertThat(output.toString())
                .contains("Usage: mamba-pkd bench [", "Usage: mamba-pkd bench step ")
                .doesNotContain("mamba-pkd-bench");
    }

    @Test
    void withoutACommandAllAreNamed() {
        assertThat(run()).isEqualTo(2);
        assertThat(errors.toString()).startsWith("mamba-pkd bench: expected a command: kernels, step, ");
    }

    @Test
    void aFileThatCannotBeWrittenIsRefusedBeforeAnythingIsMeasured() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");
        for (String command : List.of("kernels", "step", "cpu-step")) {
            errors.getBuffer().setLength(0);
            // Without a GPU, or without a peer, the measurement itself would fail in other words.
            assertThat(run(command, "--out", file.resolve("x.json").toString())).isEqualTo(2);
            assertThat(errors.toString())
                    .startsWith("mamba-pkd bench: the result cannot be written to " + file)
                    .contains("--out")
                    .hasLineCount(1);
        }
        assertThat(file).hasContent("text");
    }
}
