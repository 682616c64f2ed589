package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.SignalledProcess;
import io.mambapkd.data.formats.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands that a signal stops in each stage of their work. */
@Tag("process")
@Timeout(120)
final class StoppedStagesTest {
    private static final int INTERRUPTED = 75;

    @TempDir
    private static Path shared;

    private static Path data;
    private static Path whole;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeRun() throws IOException {
        data = shared.resolve("bars");
        BarImages.write(data, 12, 4, 100, 40, 200);
        whole = shared.resolve("whole");
        CommandRun run = RunOfBars.command(shared, distill(whole, "--controls"));
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static List<String> distill(Path out, String... more) {
        List<String> args = RunOfBars.distill(data, out, more);
        args.addAll(List.of("--set", "student.epochs=1"));
        return args;
    }

    /** Stops a command at a place, and returns the last line that it prints. */
    private static String stop(String signal, String place, List<String> args)
            throws IOException, InterruptedException {
        List<String> command = ChildJava.command(List.of(), StageProgram.class.getName());
        command.add(place);
        command.addAll(args);
        try (SignalledProcess process = SignalledProcess.start(command)) {
            process.awaitLine(("waits at " + place)::equals);
            return stop(signal, process);
        }
    }

    private static String stop(String signal, SignalledProcess process) throws IOException, InterruptedException {
        long since = System.nanoTime();
        process.signal(signal);
        int exitCode = process.exitCode();
        double seconds = (System.nanoTime() - since) / 1e9;
        List<String> output = process.output();
        assertThat(exitCode).as(String.join("\n", output)).isEqualTo(INTERRUPTED);
        assertThat(seconds).isLessThan(10);
        assertThat(output).contains("stopping after this step ...");
        return output.get(output.size() - 1);
    }

    private static List<String> checkpoints(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TERM, teacher TrainingLoop.train, 0",
        "INT,  teacher TrainStep.recomputeStatistics, 0",
        "HUP,  teacher Predictor.run, 0",
        "TERM, caching HostCopies.fill, 1",
        "INT,  caching Predictor.run, 1",
        "HUP,  a TrainingLoop.train, 1",
        "TERM, b Predictor.run, 2",
        "INT,  evaluation Predictor.run, 4",
        "HUP,  control/cnn TrainingLoop.train, 11",
        "TERM, control/cnn DistillRun.finish, 12"
    })
    void aRunGoesOnFromWhereASignalHasStoppedIt(String signal, String place, int finished)
            throws IOException, InterruptedException {
        Path run = folder.resolve("run");

        String last = stop(signal, place, distill(run, "--controls"));

        assertThat(last)
                .isEqualTo(
                        "stopped; what was finished is in " + run + "; go on with: mamba-pkd distill --resume " + run);
        assertThat(checkpoints(run)).hasSize(finished);
        assertThat(run.resolve("summary.json")).doesNotExist();
        String[] goOn = last.replaceFirst(".*: mamba-pkd ", "").split(" ");
        CommandRun resumed = RunOfBars.command(folder, goOn);
        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        for (String name : checkpoints(whole)) {
            assertThat(run.resolve("checkpoints").resolve(name))
                    .hasSameBinaryContentAs(whole.resolve("checkpoints").resolve(name));
        }
        assertThat(run.resolve("report.html")).exists();
    }

    @Test
    void aTeacherAloneGoesOnAlone() throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        List<String> args = new ArrayList<>(List.of(
                "teacher", "--dataset", "idx:" + data, "--device", "cpu", "--threads", "1", "--out", run.toString()));
        for (String setting : List.of("validationImages=20", "teacher.batch=16", "teacher.model=airbench")) {
            args.addAll(List.of("--set", setting));
        }

        assertThat(stop("TERM", "start TeacherStage.whiten", args))
                .isEqualTo(
                        "stopped; what was finished is in " + run + "; go on with: mamba-pkd teacher --resume " + run);
        assertThat(run.resolve("config.yaml")).exists();
    }

    @Test
    void aRunThatGoesOnIsStoppedAgain() throws IOException, InterruptedException {
        Path run = RunOfBars.copy(whole, folder.resolve("run"));
        Files.delete(run.resolve("checkpoints/student-3-c.safetensors"));

        String last = stop("TERM", "c TrainingLoop.train", List.of("distill", "--resume", run.toString()));

        assertThat(last).endsWith("; go on with: mamba-pkd distill --resume " + run);
        assertThat(checkpoints(run)).hasSize(11);
    }

    @ParameterizedTest
    @CsvSource({"evaluate, evaluation Predictor.run", "report, evaluation Evaluation.report"})
    void whatOnlyEvaluatesWritesNothing(String command, String place) throws IOException, InterruptedException {
        Path run = RunOfBars.copy(whole, folder.resolve("run"));
        Files.writeString(run.resolve("report.html"), "before");
        Path json = folder.resolve("summary.json");
        List<String> args = new ArrayList<>(List.of(command, run.toString(), "--device", "cpu"));
        if (command.equals("evaluate")) {
            args.addAll(List.of("--json", json.toString()));
        }

        assertThat(stop("TERM", place, args)).isEqualTo("stopped; nothing was written");

        assertThat(run.resolve("report.html")).hasContent("before");
        assertThat(json).doesNotExist();
    }

    /** 80 images that take a twentieth of a second each. */
    @Test
    void imagesThatAreDecodedForARunAreLeft() throws IOException, InterruptedException {
        byte[] image = TestImages.png(1500, 1500, 1);
        for (String name : List.of("cat", "dog")) {
            Path images = Files.createDirectories(folder.resolve("images/train").resolve(name));
            for (int i = 0; i < 40; i++) {
                Files.write(images.resolve(i + ".png"), image);
            }
        }
        Path run = folder.resolve("run");
        Path cache = folder.resolve("cache");
        List<String> command = ChildJava.command(List.of(), "io.mambapkd.cli.Main");
        command.addAll(Arrays.asList(
                "distill",
                "--preset",
                "folder-demo",
                "--dataset",
                "folder:" + folder.resolve("images"),
                "--image-size",
                "32",
                "--cache-dir",
                cache.toString(),
                "--device",
                "cpu",
                "--threads",
                "1",
                "--out",
                run.toString()));
        try (SignalledProcess process = SignalledProcess.start(command)) {
            process.awaitLine("decoding images: started"::equals);

            assertThat(stop("TERM", process)).isEqualTo("stopped; nothing was written");
        }
        assertThat(run).doesNotExist();
        try (Stream<Path> files = Files.list(cache)) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".images"));
        }
    }
}
