package io.mambapkd.bench.saves;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.Main;
import io.mambapkd.bench.result.ResultFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("run")
class SavesCommandTest {
    private static final List<String> SMALL = List.of(
            "saves",
            "--device=cpu",
            "--threads=2",
            "--preset=mnist-demo",
            "--commit=abc",
            "--set=validationImages=100",
            "--set=testImages=50",
            "--set=teacher.channels=[4, 8]",
            "--set=teacher.images=640",
            "--set=teacher.batch=32");

    @TempDir
    Path folder;

    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int run(String... more) {
        List<String> arguments = new ArrayList<>(SMALL);
        arguments.addAll(List.of(more));
        return Main.run(new PrintWriter(output), new PrintWriter(errors, true), arguments.toArray(new String[0]));
    }

    @Test
    void stepsWithSavesAndWithoutHaveTheirTimes() {
        Path file = folder.resolve("saves.json");

        assertThat(run("--out=" + file, "--save-every=0.02", "--pairs=3"))
                .as(errors.toString())
                .isZero();

        SavesResult result = ResultFile.read(file, SavesResult.FILES);
        assertThat(result.with().microseconds()).hasSize(3).allMatch(time -> time > 0);
        assertThat(result.without().microseconds()).hasSize(3).allMatch(time -> time > 0);
        assertThat(result.saves()).isGreaterThanOrEqualTo(3);
        assertThat(output.toString()).contains("| ratio |", "parameters, batch 32 |", "commit abc");
    }

    @Test
    void aTrainingThatEndsBeforeItsBlocksIsAProblem() {
        Path file = folder.resolve("saves.json");

        assertThat(run("--out=" + file, "--save-every=60", "--set=teacher.epochs=1"))
                .isEqualTo(1);

        assertThat(errors.toString()).contains("the training ended before; use more of teacher.epochs");
        assertThat(output.toString()).contains("No pair of blocks was timed.");
    }

    @Test
    void wrongNumbersAreRefused() {
        String out = "--out=" + folder.resolve("saves.json");

        assertThat(run(out, "--save-every=0")).isEqualTo(2);
        assertThat(run(out, "--pairs=0")).isEqualTo(2);

        assertThat(errors.toString().lines())
                .containsExactly(
                        "mamba-pkd bench: --save-every must be from 0.01 to 3600.0 seconds, got 0.0",
                        "mamba-pkd bench: --pairs must be from 1 to 1000, got 0");
    }
}
