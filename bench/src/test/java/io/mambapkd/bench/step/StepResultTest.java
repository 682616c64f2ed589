package io.mambapkd.bench.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.InputException;
import io.mambapkd.bench.BenchRun;
import io.mambapkd.bench.result.Problems;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.results.Origin;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepResultTest {
    @TempDir
    Path folder;

    private final BenchRun bench = new BenchRun();

    /** 128 images in 200 µs are 640,000 a second; 150 of the 200 are on the device. */
    private static StepResult result(boolean emulated) {
        StepResult.Row row = new StepResult.Row(
                "teacher",
                "bf16",
                "replayed",
                128,
                StepResult.Outcome.MEASURED,
                "",
                8,
                97,
                new Timing(List.of(300.0, 100.0, 200.0)),
                new Timing(List.of(2.0)),
                new Timing(List.of(150.0)));
        Origin origin = new Origin("a GPU", "12.8", "2026-01-02T03:04:05Z", "0123abcd", "a command", emulated);
        return new StepResult(StepResult.FORMAT_VERSION, StepResult.KIND, origin, "", List.of(row));
    }

    @Test
    void aResultReadBackIsTheSame() {
        Path file = folder.resolve("step.json");
        ResultFile.write(result(true), file);
        assertThat(ResultFile.read(file, StepResult.FILES)).isEqualTo(result(true));
    }

    @Test
    void theTableHasRatesAndSharesWorkedOutByHand() {
        assertThat(StepResult.FILES.markdown(result(false)))
                .contains(
                        "| teacher | bf16 | replayed | 128 | 97 | 640,000 | 200.0 (120.0 to 280.0) | 2.0 | 150.0 | 75 % |")
                .contains("a GPU, driver for CUDA 12.8; 2026-01-02T03:04:05Z, commit 0123abcd, command `a command`")
                .doesNotContain("mulated");
    }

    @Test
    void rowsThatFailedAndRowsThatAreMissingStandUnderTheTable() {
        Timing none = new Timing(List.of());
        StepResult.Row failed = new StepResult.Row(
                "rows2-d48", "f32", "eager", 128, StepResult.Outcome.FAILED, "no room", 0, 0, none, none, none);
        StepResult whole = result(false);
        StepResult result = new StepResult(
                whole.formatVersion(),
                whole.kind(),
                whole.origin(),
                "it was lost",
                List.of(whole.rows().get(0), failed));
        assertThat(StepResult.FILES.markdown(result))
                .contains("| teacher | bf16 | replayed |")
                .doesNotContain("| rows2-d48 |")
                .contains("Medians.\n- **Failed**: rows2-d48 f32 eager: no room.\n"
                        + "- **Not everything was measured**: it was lost.\n\na GPU, driver for CUDA 12.8");
        StringWriter errors = new StringWriter();
        assertThat(Problems.report(result, new PrintWriter(errors))).isEqualTo(1);
        assertThat(errors)
                .hasToString("mamba-pkd bench: 2 problems, the first: rows2-d48 f32 eager: no room"
                        + System.lineSeparator());
        assertThat(Problems.report(whole, new PrintWriter(errors))).isZero();
    }

    @Test
    void anotherKindOrFormatIsRefusedInOneSentence() throws IOException {
        Path file = folder.resolve("other.json");
        for (String text : List.of(
                "{\"kind\": \"kernels\", \"formatVersion\": 1}",
                "{\"kind\": \"step\", \"formatVersion\": 2}",
                "{\"kind\": \"step\"}",
                "[]",
                "{")) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> ResultFile.read(file, StepResult.FILES))
                    .as(text)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void emulatedResultsAreRefusedUnlessTheyAreMarked() {
        Path file = folder.resolve("step.json");
        ResultFile.write(result(true), file);
        assertThat(bench.run("report", "--markdown", file.toString())).isEqualTo(2);
        assertThat(bench.errors()).contains("--allow-emulated").hasLineCount(1);
        assertThat(bench.run("report", "--markdown", "--allow-emulated", file.toString()))
                .isZero();
        assertThat(StepResult.FILES.markdown(result(true))).startsWith("**Emulated, not a performance figure.**\n");
    }

    @Test
    void aReportOfAFileThatIsNotThereIsExitCodeTwo() {
        assertThat(bench.run("report", "--markdown", folder.resolve("x.json").toString()))
                .isEqualTo(2);
        assertThat(bench.errors()).contains("cannot be read").hasLineCount(1);
    }

    @Test
    void quantilesLieBetweenNeighbours() {
        Timing timing = new Timing(List.of(4.0, 1.0, 3.0, 2.0));
        assertThat(timing.median()).isEqualTo(2.5);
        assertThat(timing.quantile(0.1)).isCloseTo(1.3, within(1e-12));
        assertThat(timing.quantile(1)).isEqualTo(4);
    }

    /** 200 µs with the data on the device and 500 µs without are a ratio of 2.50. */
    @Test
    void aStreamedStepStandsBesideTheSameStepWithItsDataOnTheDevice() {
        StepResult whole = result(false);
        StepResult.Row resident = whole.rows().get(0);
        StepResult.Row streamed = row("replayed, streamed", 500);
        StepResult both =
                new StepResult(whole.formatVersion(), whole.kind(), whole.origin(), "", List.of(resident, streamed));
        assertThat(StepResult.FILES.markdown(both))
                .contains("| teacher | bf16 | replayed | 128 | 200.0 | 500.0 | 2.50 |");
        assertThat(StepResult.FILES.markdown(whole)).doesNotContain("ratio");
    }

    /** 200 µs fused and 300 µs not are a ratio of 1.50; of the streamed ones, 400 and 500, it is 1.25. */
    @Test
    void aStepWithoutFusedKernelsStandsBesideTheSameStepWithThem() {
        StepResult whole = result(false);
        StepResult both = new StepResult(
                whole.formatVersion(),
                whole.kind(),
                whole.origin(),
                "",
                List.of(
                        whole.rows().get(0),
                        row("replayed, unfused", 300),
                        row("replayed, streamed", 400),
                        row("replayed, unfused, streamed", 500)));
        String table = StepResult.FILES.markdown(both);
        assertThat(table.lines()
                        .filter(line -> line.startsWith("| teacher") && line.matches(".* [0-9]\\.[0-9]{2} \\|")))
                .containsExactly(
                        "| teacher | bf16 | replayed | 128 | 200.0 | 300.0 | 1.50 |",
                        "| teacher | bf16 | replayed, streamed | 128 | 400.0 | 500.0 | 1.25 |",
                        "| teacher | bf16 | replayed | 128 | 200.0 | 400.0 | 2.00 |",
                        "| teacher | bf16 | replayed, unfused | 128 | 300.0 | 500.0 | 1.67 |");
        assertThat(table).contains("| fused, µs | unfused, µs | ratio |");
    }

    private static StepResult.Row row(String mode, double microseconds) {
        return new StepResult.Row(
                "teacher",
                "bf16",
                mode,
                128,
                StepResult.Outcome.MEASURED,
                "",
                8,
                90,
                new Timing(List.of(microseconds)),
                new Timing(List.of(2.0)),
                new Timing(List.of(150.0)));
    }
}
