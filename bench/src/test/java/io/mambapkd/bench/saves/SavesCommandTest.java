package io.mambapkd.bench.saves;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.SmallBench;
import io.mambapkd.bench.result.ResultFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("run")
class SavesCommandTest {
    @TempDir
    Path folder;

    private final SmallBench bench = new SmallBench("saves");

    @Test
    void stepsWithSavesAndWithoutHaveTheirTimes() {
        Path file = folder.resolve("saves.json");

        assertThat(bench.run(
                        "--out=" + file,
                        "--save-every=0.02",
                        "--pairs=3",
                        "--set=teacher.images=640",
                        "--set=teacher.epochs=1000"))
                .as(bench.errors())
                .isZero();

        SavesResult result = ResultFile.read(file, SavesResult.FILES);
        assertThat(result.with().microseconds()).hasSize(3).allMatch(time -> time > 0);
        assertThat(result.without().microseconds()).hasSize(3).allMatch(time -> time > 0);
        assertThat(result.saves()).isGreaterThanOrEqualTo(3);
        assertThat(bench.output()).contains("| ratio |", "parameters, batch 32 |", "commit abc");
    }

    @Test
    void aTrainingThatEndsBeforeItsBlocksIsAProblem() {
        Path file = folder.resolve("saves.json");

        assertThat(bench.run("--out=" + file, "--save-every=60")).isEqualTo(1);

        assertThat(bench.errors()).contains("the training ended before; use more of teacher.epochs");
        assertThat(bench.output()).contains("No pair of blocks was timed.");
    }

    @Test
    void wrongNumbersAreRefused() {
        String out = "--out=" + folder.resolve("saves.json");

        assertThat(bench.run(out, "--save-every=0")).isEqualTo(2);
        assertThat(bench.run(out, "--pairs=0")).isEqualTo(2);

        assertThat(bench.errors().lines())
                .containsExactly(
                        "mamba-pkd bench: --save-every must be from 0.01 to 3600.0 seconds, got 0.0",
                        "mamba-pkd bench: --pairs must be from 1 to 1000, got 0");
    }
}
