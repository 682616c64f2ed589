package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What shells complete by the scripts: the real ones, where they are. */
class CompletionTest {
    /**
     * What is typed; the last word is being completed. Behind the arrow: what there is to choose from, in any order. A question mark: as files and folders are
     * shown is the shell's affair.
     */
    private static final List<String> CASES = List.of(
            "dis -> distill",
            "help v -> validate verify",
            "pre -> predict",
            "predict --form -> --format",
            "predict --format  -> table csv jsonl",
            "comp -> completion",
            "completion  -> bash zsh fish",
            "bench  -> kernels step job saves peers cpu-step cpu-teachers model nvidia-check report",
            "bench cp -> cpu-step cpu-teachers",
            "distill --pre -> --preset",
            "distill --preset  -> mnist-demo mnist-full cifar10-demo cifar10-full cifar10-gpu cifar10-teacher folder-demo",
            "distill --preset mnist-f -> mnist-full",
            "teacher --device  -> auto cpu cuda",
            "validate --device cu -> cuda",
            "flops --dataset  -> mnist fashion-mnist fashion-mnist: cifar10 cifar10: cifar100 cifar100: cifar100-coarse"
                    + " cifar100-coarse: idx: folder:",
            "da -> data",
            "data  -> fetch info",
            "data fetch  -> cifar10 cifar100 fashion-mnist",
            "data fetch cifar100 --data-d -> --data-dir",
            "flops --dataset i -> idx:",
            "distill --class-weights  -> none balanced",
            "distill --class-weights b -> balanced",
            "distill --seed  -> ",
            "evaluate ru -> ?runs",
            "verify ru -> ?runs",
            "verify --j -> --json",
            "distill --out ru -> ?runs",
            "distill --config mi -> ?mine.yaml");

    @TempDir
    private Path folder;

    @BeforeEach
    void writeFiles() throws IOException {
        Files.createDirectories(folder.resolve("runs/mnist"));
        Files.createDirectories(folder.resolve("runs/two words"));
        Files.writeString(folder.resolve("mine.yaml"), "seed: 1\n");
    }

    private String script(String shell) {
        CommandRun run = CommandRun.of(new FakeJobs(), folder.resolve("runs"), "completion", shell);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).doesNotContain("\r").endsWith("\n").isASCII();
        return run.out();
    }

    /** Runs a shell in the folder and returns the lines of its output. */
    private List<String> run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("HOME", folder.toString());
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output.lines().toList();
    }

    private static void assumeThereIs(String shell) {
        String path = System.getenv().getOrDefault("PATH", "");
        assumeTrue(
                Stream.of(path.split(Pattern.quote(File.pathSeparator), -1))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, shell))),
                "there is no " + shell + " on the PATH");
    }

    private static String typed(String line) {
        return line.substring(0, line.indexOf(" ->"));
    }

    private static List<String> wanted(String line) {
        String text = line.substring(line.indexOf(" ->") + 3).strip();
        return text.isEmpty() ? List.of() : List.of(text.replace("?", "").split(" ", -1));
    }

    /** Bash parts words at : and =, so that they are words here, too. */
    private static String bashCall(String typed) {
        List<String> words = new ArrayList<>();
        for (String word : ("mamba-pkd " + typed).split(" ", -1)) {
            for (String part : word.split("(?<=[:=])|(?=[:=])", -1)) {
                words.add("'" + part + "'");
            }
        }
        return "complete_line 'mamba-pkd " + typed + "' " + String.join(" ", words) + "\n";
    }

    private List<List<String>> completedByBash(List<String> lines) throws IOException, InterruptedException {
        StringBuilder program = new StringBuilder(script("bash")).append("""
                        complete_line() {
                          COMP_LINE=$1; COMP_POINT=${#COMP_LINE}; shift
                          COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
                          # Outside of a completion there are no options of one.
                          compopt() { :; }
                          _mamba_pkd_complete
                          local IFS='|'; echo "${COMPREPLY[*]}"
                        }
                        """);
        lines.forEach(line -> program.append(bashCall(line)));
        Path file = Files.writeString(folder.resolve("try.bash"), program);
        List<List<String>> completed = new ArrayList<>();
        for (String line : run("bash", "--norc", file.toString())) {
            completed.add(line.isEmpty() ? List.of() : List.of(line.split("\\|", -1)));
        }
        return completed;
    }

    @Test
    @Tag("process")
    void bashCompletesCommandsOptionsAndValues() throws Exception {
        assumeThereIs("bash");
        List<List<String>> completed =
                completedByBash(CASES.stream().map(CompletionTest::typed).toList());

        assertThat(completed).hasSameSizeAs(CASES);
        for (int i = 0; i < CASES.size(); i++) {
            assertThat(completed.get(i)).as(CASES.get(i)).containsExactlyInAnyOrderElementsOf(wanted(CASES.get(i)));
        }
    }

    @Test
    @Tag("process")
    void bashCompletesBehindAColonAndAnEqualsSign() throws Exception {
        assumeThereIs("bash");

        List<List<String>> completed = completedByBash(List.of(
                "distill --preset=mnist-d",
                "distill --preset=",
                "distill --dataset idx:ru",
                "distill --dataset idx:runs/",
                "distill --dataset=fashion-mnist:runs/m",
                "distill --dataset idx:",
                "distill --dataset folder:ru",
                "data info cifar10:ru"));

        assertThat(completed)
                .containsExactly(
                        List.of("mnist-demo"),
                        List.of(
                                "mnist-demo",
                                "mnist-full",
                                "cifar10-demo",
                                "cifar10-full",
                                "cifar10-gpu",
                                "cifar10-teacher",
                                "folder-demo"),
                        List.of("runs"),
                        List.of("runs/mnist", "runs/two words"),
                        List.of("runs/mnist"),
                        List.of("runs"),
                        List.of("runs"),
                        List.of("runs"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    @Tag("process")
    void theShellFindsNoMistakeInItsScript(String shell) throws Exception {
        assumeThereIs(shell);
        Path file = Files.writeString(folder.resolve("script"), script(shell));

        assertThat(run(shell, "-n", file.toString())).isEmpty();
    }

    @Test
    @Tag("process")
    void fishCompletesCommandsOptionsAndValues() throws Exception {
        assumeThereIs("fish");
        List<String> lines = new ArrayList<>(CASES);
        lines.add("distill --preset=mnist-d -> --preset=mnist-demo");
        lines.add("distill --dataset idx:runs/ -> ?idx:runs/mnist ?idx:runs/two_words");
        StringBuilder program = new StringBuilder(script("fish"));
        for (String line : lines) {
            program.append("echo (complete -C 'mamba-pkd " + typed(line) + "' | string join '|')\n");
        }
        List<String> completed = run(
                "fish",
                "--no-config",
                Files.writeString(folder.resolve("try.fish"), program).toString());

        assertThat(completed).hasSameSizeAs(lines);
        for (int i = 0; i < lines.size(); i++) {
            // Behind a tab is the description; fish marks a folder by a slash.
            List<String> values = Arrays.stream(completed.get(i).split("\\|", -1))
                    .map(value -> value.replaceFirst("\t.*", "")
                            .replaceFirst("/$", "")
                            .replace(' ', '_'))
                    .filter(value -> !value.isEmpty())
                    .toList();
            assertThat(values).as(lines.get(i)).containsExactlyInAnyOrderElementsOf(wanted(lines.get(i)));
        }
    }

    /** One argument in single quotes, where a backslash and a quote have a backslash before them. */
    private static final String QUOTED = "'(?:[^'\\\\]|\\\\['\\\\])*'";

    @Test
    void everyLineOfFishsScriptIsACompletionWhoseArgumentsAreQuoted() {
        Pattern line = Pattern.compile("complete -c mamba-pkd -n " + QUOTED
                + "( -a " + QUOTED + "|(?: -s \\w| -l [\\w-]+)+(?: -x| -r -F)?(?: -a " + QUOTED + ")?)(?: -d " + QUOTED
                + ")?");
        List<String> lines = script("fish")
                .lines()
                .dropWhile(text -> !text.equals("complete -c mamba-pkd -f"))
                .skip(1)
                .toList();

        assertThat(lines)
                .hasSizeGreaterThan(60)
                .allMatch(text -> line.matcher(text).matches())
                .anyMatch(
                        text -> text.contains(
                                "within distill' -l preset -x -a 'mnist-demo mnist-full cifar10-demo cifar10-full cifar10-gpu cifar10-teacher folder-demo' -d "))
                .anyMatch(text -> text.contains("within distill' -l config -r -F -d "))
                .anyMatch(text -> text.contains("within distill' -l controls -d "))
                .anyMatch(text -> text.contains("NVIDIA\\'s Python wheels"))
                .contains(
                        "complete -c mamba-pkd -n '__mamba_pkd_at bench' -a 'cpu-step' -d 'Times the training step on the CPU"
                                + " beside PyTorch'");
    }
}
