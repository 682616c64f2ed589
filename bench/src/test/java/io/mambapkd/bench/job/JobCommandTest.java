package io.mambapkd.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.SmallBench;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.storage.RunLock;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("run")
class JobCommandTest {
    @TempDir
    Path folder;

    private final SmallBench bench = new SmallBench("job");

    @Test
    void everyStageHasItsTimeAndTheRunItsAccuracies() {
        Path file = folder.resolve("job.json");
        Path kept = folder.resolve("run");
        assertThat(bench.run("--out=" + file, "--run-dir=" + kept))
                .as(bench.errors())
                .isZero();
        JobResult result = ResultFile.read(file, JobResult.FILES);
        assertThat(result.origin().commit()).isEqualTo("abc");
        assertThat(result.stages())
                .extracting(JobResult.Stage::name)
                .startsWith("teacher", "copies and the teacher's logits", "student rows4-d4")
                .endsWith("student rows2-d48", "evaluation");
        assertThat(result.stages()).allSatisfy(stage -> {
            assertThat(stage.seconds()).isPositive();
            assertThat(stage.imagesPerSecond()).isPositive().isFinite();
        });
        assertThat(result.totalSeconds())
                .isGreaterThanOrEqualTo(result.stages().stream()
                        .mapToDouble(JobResult.Stage::seconds)
                        .sum());
        assertThat(result.run().orElseThrow().students()).hasSize(7);
        assertThat(kept.resolve("summary.json")).exists();
        assertThat(bench.output())
                .contains("| stage of the job | seconds | images/s |", "| all seven |", "| early exit |", "commit abc");
    }

    @Test
    void aRunFolderOfAnotherProcessIsRefused() {
        Path kept = folder.resolve("run");
        try (RunLock other = RunLock.ofNew(kept)) {
            assertThat(other.notes()).isEmpty();
            assertThat(bench.run("--out=" + folder.resolve("x.json"), "--run-dir=" + kept))
                    .isEqualTo(8);
        }
        assertThat(bench.errors())
                .contains("in use by process " + ProcessHandle.current().pid())
                .hasLineCount(1);
        assertThat(kept.resolve("config.yaml")).doesNotExist();
    }

    @Test
    void aRunFolderThatIsNotEmptyIsRefused() {
        assertThat(bench.run("--out=" + folder.resolve("x.json"), "--run-dir=" + Path.of("src")))
                .isEqualTo(2);
        assertThat(bench.errors()).contains("not empty").hasLineCount(1);
    }
}
