package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.ChildJava;
import io.mambapkd.cli.CommandRun;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it trains its third student. */
@Tag("process")
final class KilledRunTest {
    @TempDir
    private Path folder;

    @Test
    @Timeout(60)
    void itsRunGoesOnToTheCheckpointsOfAnUninterruptedOne() throws IOException, InterruptedException {
        Path data = folder.resolve("bars");
        BarImages.write(data, 8, 4, 100, 40, 200);
        Path killed = folder.resolve("killed");
        // Long enough that the third student cannot end while the signal is on its way.
        String epochs = "student.epochs=150";

        List<String> command = ChildJava.command(List.of(), "io.mambapkd.cli.Main");
        command.addAll(RunOfBars.distill(data, killed, "--set", epochs));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String line = output.readLine();
            while (line != null && !line.startsWith("c: epoch 1/150")) {
                line = output.readLine();
            }
            assertThat(line).isNotNull();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).isEqualTo(128 + 9);
        assertThat(checkpoints(killed))
                .containsExactly("student-1-a.safetensors", "student-2-b.safetensors", "teacher.safetensors");

        CommandRun resumed = RunOfBars.command(folder, "distill", "--resume", killed.toString(), "--device", "cpu");
        assertThat(resumed.exitCode()).as(resumed.err()).isZero();

        Path whole = folder.resolve("whole");
        RunOfBars.command(folder, RunOfBars.distill(data, whole, "--set", epochs));
        for (String name : checkpoints(whole)) {
            assertThat(killed.resolve("checkpoints").resolve(name))
                    .hasSameBinaryContentAs(whole.resolve("checkpoints").resolve(name));
        }
        assertThat(checkpoints(killed)).isEqualTo(checkpoints(whole)).hasSize(4);
        assertThat(killed.resolve("config.yaml")).hasSameTextualContentAs(whole.resolve("config.yaml"));
    }

    private static List<String> checkpoints(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
