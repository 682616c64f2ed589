package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.commands.BarImages;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Teachers of the demo preset that take few steps: what they are evaluated and saved with fits their weights. */
@Tag("run")
final class FewStepsTest {
    @TempDir
    private Path folder;

    private RunSummary teacher(String... more) throws IOException {
        Path run = folder.resolve("run");
        List<String> args = new ArrayList<>(
                List.of("teacher", "--device", "cpu", "--preset", "mnist-demo", "--out", run.toString()));
        args.addAll(List.of(more));
        CommandRun trained = CommandRun.of(Jobs.REAL, folder, args.toArray(String[]::new));
        assertThat(trained.exitCode()).as(trained.err()).isZero();
        return SummaryJson.read(Files.readAllBytes(run.resolve("summary.json")), "summary.json");
    }

    @Test
    void aThousandEasyImagesAreLearnedByThePreset() throws IOException {
        Path data = folder.resolve("bars");
        BarImages.write(data, 28, 5, 1000, 200, 200);

        RunSummary summary = teacher("--dataset", "idx:" + data);

        assertThat(summary.teacher().validationAccuracy()).isGreaterThanOrEqualTo(0.95);
        assertThat(summary.teacher().testAccuracy()).isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void aTeacherOfFourteenStepsDoesAsWellOnOtherImagesAsOnItsOwn() throws IOException {
        RunSummary summary = teacher("--set", "teacher.images=900", "--set", "testImages=1000", "--validation", "100");

        RunSummary.Fit fit = Objects.requireNonNull(summary.fit());
        assertThat(fit.images()).isEqualTo(900);
        // Ten classes: guessing gives 0.1, as an evaluation with statistics that lag did.
        assertThat(fit.teacher()).isGreaterThan(0.4);
        assertThat(summary.teacher().testAccuracy()).isCloseTo(fit.teacher(), within(0.15));
    }
}
