package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.train.settings.Presets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Help, words that are no command, and what is printed without data. */
final class CommandLineTest extends SmallDataCommands {
    @Test
    void helpNamesEveryCommand() {
        CommandRun run = run("--help");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains(
                        "distill",
                        "teacher",
                        "evaluate",
                        "predict",
                        "verify",
                        "flops",
                        "validate",
                        "doctor",
                        "info",
                        "75")
                .contains("bench", "completion", "help");
    }

    /** In words and as an option help is the same text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "distill",
                "teacher",
                "evaluate",
                "predict",
                "verify",
                "flops",
                "validate",
                "doctor",
                "info",
                "bench",
                "bench step",
                "completion",
                "help"
            })
    void helpOfACommandIsWhatItsOptionPrints(String command) {
        CommandRun words = run(("help " + command).strip().split(" ", -1));
        CommandRun option = run((command + " --help").strip().split(" ", -1));

        assertThat(words.exitCode()).isZero();
        assertThat(words.out()).isEqualTo(option.out()).startsWith("Usage: mamba-pkd " + command);
        assertThat(words.err()).isEmpty();
    }

    @Test
    void benchWithoutItsLauncherSaysHowItIsStarted() {
        CommandRun run = run("bench", "step");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines(
                        "mamba-pkd: bench is a program of its own, which bin/mamba-pkd starts; expected mamba-pkd bench as the"
                                + " first words of the command line");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            distil                        | unknown command 'distil'; did you mean distill?                | mamba-pkd --help
            help distil                   | unknown command 'distil'; did you mean distill?                | mamba-pkd --help
            help distill more             | unknown command 'more'; expected no further word               | mamba-pkd distill --help
            teach                         | unknown command 'teach'; did you mean teacher?                 | mamba-pkd --help
            kernels                       | unknown command 'kernels'; expected one of distill, teacher, evaluate, calibrate, predict, report, verify, flops, validate, doctor, info, data, bench, completion, help | mamba-pkd --help
            completion                    | Missing required parameter: 'SHELL'                            | mamba-pkd completion --help
            completion ksh                | Invalid value for positional parameter at index 0 (SHELL): expected bash, zsh or fish, got 'ksh' | mamba-pkd completion --help
            distill --sed 1               | unknown option --sed; did you mean --seed or --set?   | mamba-pkd distill --help
            distill --preset a --config b | only one of --preset and --config can be given, and only once| mamba-pkd distill --help
            distill --device gpu          | Invalid value for option '--device': expected auto, cpu or cuda, got 'gpu' | mamba-pkd distill --help
            distill --threads two         | Invalid value for option '--threads': 'two' is not a whole number     | mamba-pkd distill --help
            distill idx:data              | unexpected word 'idx:data'; options begin with two hyphens, as in --dataset idx:data | mamba-pkd distill --help
            teacher folder:data           | unexpected word 'folder:data'; options begin with two hyphens, as in --dataset folder:data | mamba-pkd teacher --help
            distill --no-graph a b        | unexpected words 'a', 'b'; leave them out, or write an option in front | mamba-pkd distill --help
            distill —preset mnist-demo    | unexpected words '—preset', 'mnist-demo'; options begin with two hyphens, as in --preset mnist-demo | mamba-pkd distill --help
            distill -x --yy               | unknown options -x, --yy | mamba-pkd distill --help
            flops --preset a --preset b   | only one of --preset and --config can be given, and only once | mamba-pkd flops --help
            evaluate                      | Missing required parameter: 'RUN'                               | mamba-pkd evaluate --help
            ''                            | expected a command: distill, teacher, evaluate, calibrate, predict, report, verify, flops, validate, doctor, info, data, bench, completion, help | mamba-pkd --help
            """)
    void wrongUsageIsOneSentenceAndWhereToRead(String args, String sentence, String hint) {
        CommandRun run = args.isEmpty() ? run() : run(args.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).containsExactly("mamba-pkd: " + sentence, "see: " + hint);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void flopsPrintsEveryModelAndTheSums() {
        CommandRun run = run("flops", "--preset", "mnist-full");

        assertThat(run.exitCode()).isZero();
        List<String> lines = run.out()
                .lines()
                .map(line -> line.strip().replaceAll(" +", " "))
                .toList();
        assertThat(lines)
                .contains(
                        "total 14,677,760 0 0 14,677,760",
                        "total 9,744 2,016 1,326 13,086",
                        "total 1,002,624 193,536 59,146 1,255,306",
                        "rows4-d4 13,086 46.4 0.089 13,086 0.089",
                        "rows2-d48-b2 1,255,306 92.6 8.552 1,843,114 12.557");
    }

    @Test
    void infoNamesPresetsDatasetsAndBackends() {
        CommandRun run = run("info");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains(Presets.names())
                .contains(
                        "fashion-mnist:DIR",
                        "cuda:            of no use: there is no driver",
                        System.getProperty("java.version"))
                .containsPattern("matrix products: +(OpenBLAS|Java)\\R");
    }
}
