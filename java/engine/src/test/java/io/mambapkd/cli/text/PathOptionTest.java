package io.mambapkd.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathOptionTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            distill --out              | --out      | a folder
            teacher --out              | --out      | a folder
            distill --config           | --config   | a file
            flops --config             | --config   | a file
            evaluate                   | RUN        | a folder
            validate --out             | --out      | a folder
            validate --golden          | --golden   | a folder
            doctor --json              | --json     | a file
            doctor --cuda-libs         | --cuda-libs | a folder
            distill --cuda-libs        | --cuda-libs | a folder
            """)
    void nothingIsNoPlace(String command, String option, String expected) {
        for (String nothing : new String[] {"", "   ", "\t"}) {
            String[] arguments = Stream.concat(Arrays.stream(command.split(" ")), Stream.of(nothing))
                    .toArray(String[]::new);

            CommandRun run = CommandRun.of(new FakeJobs(), folder.resolve("runs"), arguments);

            assertThat(run.exitCode()).as(command).isEqualTo(2);
            assertThat(run.err())
                    .as(command)
                    .isEqualToIgnoringNewLines("mamba-pkd: " + option + ": expected " + expected + ", got nothing"
                            + (nothing.isEmpty() ? "" : " but spaces") + "; name one; is a variable not set?");
            assertThat(run.out()).isEmpty();
            assertThat(folder.resolve("runs")).doesNotExist();
        }
    }

    @ParameterizedTest
    @CsvSource({"~/runs/a, ~", "~, ~", "~someone/runs, ~someone"})
    void aTildeThatTheShellLeftIsRefused(String text, String first) {
        CommandRun run = CommandRun.of(new FakeJobs(), folder.resolve("runs"), "teacher", "--out=" + text);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines("mamba-pkd: --out: expected a folder, got " + text + ", whose " + first
                        + " the shell has not replaced; write $HOME in place of ~, or ./" + first
                        + " for a folder of that name");
        assertThat(Path.of(first)).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "-v", "/", "/~", "~backup.json", "./~", "./~/a", "a/~", " a", "a:b", "ü", "."})
    void anyOtherTextIsTheNameThatItIs(String text) {
        assertThat(new PathOption().convert(text)).hasToString(text);
    }

    @Test
    void aNameThatCannotBeOneIsRefused() {
        assertThatThrownBy(() -> new PathOption().convert("lost\ufffdname"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("got lost\ufffdname, which ");
        assertThatThrownBy(() -> new PathOption().convert("a\u0000b"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("got a");
    }
}
