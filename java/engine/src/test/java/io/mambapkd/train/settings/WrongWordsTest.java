package io.mambapkd.train.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import io.mambapkd.config.Setting;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings that people write in the way of another program: the sentence names what is wrong, and the way of this one. */
class WrongWordsTest {
    @TempDir
    private Path folder;

    private Path file(String content, Charset charset) throws IOException {
        return Files.write(folder.resolve("config.yaml"), content.getBytes(charset));
    }

    private RunSpec read(String content) throws IOException {
        return RunSpecYaml.file(file(content, StandardCharsets.UTF_8), Presets.DEFAULT, List.of());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            validationImages: "64"       | validationImages must be a whole number or a percentage such as 10%, got the text '64' in quotes; remove the quotes
            validationImages: '+64'      | validationImages must be a whole number or a percentage such as 10%, got the text '+64' in quotes; remove the quotes
            validationImages: "many"     | validationImages must be a whole number or a percentage such as 10%, got 'many'
            validationImages: “64”       | validationImages must be a whole number or a percentage such as 10%, got '“64”'; remove the quotes, which are typographic ones
            validationImages: 1e3        | validationImages must be a whole number or a percentage such as 10%, got '1e3'; write it as 1000
            validationImages: 64.0       | validationImages must be a whole number or a percentage such as 10%, got '64.0'; write it as 64
            validationImages: 64.5       | validationImages must be a whole number or a percentage such as 10%, got '64.5'; write a share as a percentage
            validationImages: 64.        | validationImages must be a whole number or a percentage such as 10%, got '64.'; write it as 64
            validationImages: 1_000      | validationImages must be a whole number or a percentage such as 10%, got '1_000'; write it without separators, as 1000
            validationImages: 1,000      | validationImages must be a whole number or a percentage such as 10%, got '1,000'; write it without separators, as 1000
            validationImages: 1.000.000  | validationImages must be a whole number or a percentage such as 10%, got '1.000.000'; write it without separators, as 1000000
            validationImages: 10 000     | validationImages must be a whole number or a percentage such as 10%, got '10 000'; write it without separators, as 10000
            validationImages: 0x10       | validationImages must be a whole number or a percentage such as 10%, got '0x10'; write it as 16
            validationImages: 0o17       | validationImages must be a whole number or a percentage such as 10%, got '0o17'; write it as 15
            validationImages: 0b101      | validationImages must be a whole number or a percentage such as 10%, got '0b101'; write it as 5
            validationImages: −5         | validationImages must be a whole number or a percentage such as 10%, got '−5'; write the minus sign as -
            validationImages: yes        | validationImages must be a whole number or a percentage such as 10%, got 'yes'
            validationImages: .5.        | validationImages must be a whole number or a percentage such as 10%, got '.5.'
            validationImages: [64]       | validationImages must be a whole number or a percentage such as 10%, got a list
            validationImages: {a: 1}     | validationImages must be a whole number or a percentage such as 10%, got a group of keys
            validationImages: 2147483648 | validationImages must be a whole number or a percentage such as 10%, got '2147483648'; it can be 2147483647 at most
            testImages: 2147483648       | testImages must be a whole number from -2147483648 to 2147483647, got '2147483648'
            testImages: "64"             | testImages must be a whole number, got the text '64' in quotes; remove the quotes
            seed: 99999999999999999999   | seed must be a whole number from -9223372036854775808 to 9223372036854775807, got '99999999999999999999'
            seed: 9223372036854775808    | seed must be a whole number from -9223372036854775808 to 9223372036854775807, got '9223372036854775808'
            student: {alpha: "0.2"}      | student.alpha must be a number, got the text '0.2' in quotes; remove the quotes
            student: {alpha: nan}        | student.alpha must be a number, got 'nan'
            student: {alpha: inf}        | student.alpha must be a number, got 'inf'
            student: {alpha: .5.}        | student.alpha must be a number, got '.5.'
            student: {alpha: 20 %}       | student.alpha must be a number, got '20 %'; write it as a share, 0.2
            student: {cut: rows}         | unknown key 'cut' in student; known keys: scheme, blend, alpha, temperature, readOut, mixer, direction, reuse, precision, epochs, images, copies, batch, schedule, warmup, weightDecay, clip
            student: {mixer: Scan}       | student.mixer must be one of scan, conv, none, got 'Scan'; did you mean scan?
            student: {readOut: flatt}    | student.readOut must be one of flat, mean, got 'flatt'; did you mean flat?
            student: {mixer: yes}        | student.mixer must be one of scan, conv, none, got 'yes'
            """)
    void aValueThatIsWrittenInAnotherWayIsShownInOurs(String yaml, String sentence) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(InputException.class)
                .hasMessage(folder.resolve("config.yaml") + " line 1: " + sentence);
    }

    @Test
    void aDecimalCommaIsNoSeparatorOfThousands() {
        assertThatThrownBy(() -> read("student:\n  alpha: 0,2\n"))
                .hasMessageEndingWith(
                        "line 2: student.alpha must be a number, got '0,2'; write it with a point, as 0.2");
        assertThatThrownBy(() -> read("student:\n  alpha: 0,125\n"))
                .hasMessageEndingWith("got '0,125'; write it with a point, as 0.125");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            teacher: {learningrate: 1}  | unknown key 'learningrate' in teacher; known keys: model, | ; did you mean learningRate?
            teacher: {learning_rate: 1} | unknown key 'learning_rate' in teacher; known keys: model, | ; did you mean learningRate?
            teacher: {lerningRate: 1}   | unknown key 'lerningRate' in teacher; known keys: model, | ; did you mean learningRate?
            validationimages: 1         | unknown key 'validationimages'; known keys: dataset, | ; did you mean validationImages?
            student-alpha: 0.2          | unknown key 'student-alpha'; known keys: dataset, | ; did you mean alpha in the group student?
            student.alpha: 0.2          | unknown key 'student.alpha'; known keys: dataset, | ; did you mean alpha in the group student?
            temperature: 2              | unknown key 'temperature'; known keys: dataset, | ; did you mean temperature in the group student?
            Seed: 2                     | unknown key 'Seed'; known keys: dataset, | ; did you mean seed?
            scheduler: cosine           | unknown key 'scheduler'; known keys: dataset, | ; did you mean schedule in the group student?
            dropfraction: 1             | unknown key 'dropfraction'; known keys: dataset, | earlyExit
            """)
    void aKeyThatIsNearlyRightIsGuessed(String yaml, String start, String end) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(folder.resolve("config.yaml") + " line 1: " + start)
                .hasMessageEndingWith(end);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            student.alpha:0.2    | expected KEY=VALUE, such as student.alpha=0.2 or students[0].modelWidth=8; did you mean --set student.alpha=0.2?
            student.alpha: 0.2   | expected KEY=VALUE, such as student.alpha=0.2 or students[0].modelWidth=8; did you mean --set student.alpha=0.2?
            student.alpha        | expected KEY=VALUE, such as student.alpha=0.2 or students[0].modelWidth=8
            validationImages="7" | validationImages must be a whole number or a percentage such as 10%, got the text '7' in quotes; remove the quotes
            """)
    void anAssignmentWithoutItsSignIsShownWithIt(String assignment, String sentence) {
        assertThatThrownBy(() -> RunSpecYaml.preset(Presets.DEFAULT, List.of(Setting.parse("--set", assignment))))
                .isInstanceOf(InputException.class)
                .hasMessage("--set " + assignment + ": " + sentence);
    }

    @Test
    void anAssignmentWithAHyphenIsGuessedFrom() {
        assertThatThrownBy(
                        () -> RunSpecYaml.preset(Presets.DEFAULT, List.of(Setting.parse("--set", "student-alpha=0.2"))))
                .hasMessageStartingWith("--set student-alpha=0.2: unknown key 'student-alpha'; known keys: dataset,")
                .hasMessageEndingWith("; did you mean alpha in the group student?");
    }

    @ParameterizedTest
    @CsvSource({"student.alpha 0.2, student.alpha 0.2", "student.alpha = 0.2, student.alpha = 0.2"})
    void anAssignmentInSeveralWordsIsShownInOne(String words, String shown) {
        CommandRun run = CommandRun.of(
                new FakeJobs(), folder.resolve("runs"), ("flops --set " + words + " --seed 1").split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines("mamba-pkd: --set " + shown
                        + ": expected KEY=VALUE without spaces; write --set student.alpha=0.2");
    }

    @Test
    void theSeedOfTheCommandLineIsToldWithItsRange() {
        CommandRun run =
                CommandRun.of(new FakeJobs(), folder.resolve("runs"), "flops", "--seed", "99999999999999999999");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines("mamba-pkd: --seed 99999999999999999999: seed must be a whole number from"
                        + " -9223372036854775808 to 9223372036854775807, got '99999999999999999999'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"seed": 7, "student": {"alpha": 0.25}}
            {\\n  "seed": 7,\\n  "student": {\\n    "alpha": 0.25\\n  }\\n}\\n
            seed: 7\\r\\nstudent:\\r\\n  alpha: 0.25\\r\\n
            \ufeffseed: 7\\nstudent:\\n  alpha: 0.25\\n
            seed: 7\\t# a tab\\nstudent:\\n  alpha: 0.25\\t
            seed: +7\\nstudent: {alpha: 2.5e-1}
            """)
    void otherFormsOfTheSameSettingsAreRead(String content) throws IOException {
        RunSpec spec = read(content.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t"));

        assertThat(spec.seed()).isEqualTo(7);
        assertThat(spec.student().alpha()).isEqualTo(0.25);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            seed: 1\\nstudent:\\n\\talpha: 0.2   | 3
            seed: 1\\nstudent:\\n  alpha:\\t0.2 | 3
            {\\n\\t"student": {\\n\\t\\t"alpha": 0.2\\n\\t}\\n}    | 3
            """)
    void aTabInThePlaceOfSpacesIsNamed(String content, int line) {
        assertThatThrownBy(() -> read(content.replace("\\n", "\n").replace("\\t", "\t")))
                .isInstanceOf(InputException.class)
                .hasMessageMatching(
                        ".*config.yaml line \\d: the line has a tab where YAML takes spaces alone; replace it by spaces")
                .hasMessageContaining("config.yaml line " + line);
    }

    @ParameterizedTest
    @CsvSource({"ISO-8859-1, 2", "UTF-16, 1", "UTF-16LE, 2"})
    void aFileInAnotherEncodingIsNamedWithTheLine(String charset, int line) throws IOException {
        Path file = file("seed: 1\n# größer\n", Charset.forName(charset));

        assertThatThrownBy(() -> RunSpecYaml.file(file, Presets.DEFAULT, List.of()))
                .isInstanceOf(InputException.class)
                .hasMessage("the settings file " + file + " is not UTF-8 text, as line " + line
                        + " shows; save it as UTF-8, or name the right file");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            seed:5     | expected keys with values, got 'seed:5'; write KEY: VALUE, with a space after the colon
            seed = 5   | expected keys with values, got 'seed = 5'; write KEY: VALUE, with a space after the colon
            seed       | expected keys with values, got 'seed'
            """)
    void aKeyThatIsPartOfItsValueIsNamed(String yaml, String sentence) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(InputException.class)
                .hasMessage(folder.resolve("config.yaml") + " line 1: " + sentence);
    }
}
