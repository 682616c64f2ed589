package io.mambapkd.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.bench.Main;
import io.mambapkd.bench.result.ResultFile;
import io.mambapkd.storage.RunLock;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("run")
class JobCommandTest {
    /** A job of seconds: few images, narrow teacher, one epoch. */
    private static final List<String> SMALL = List.of(
            "job",
            "--device=cpu",
            "--threads=2",
            "--preset=mnist-demo",
            "--commit=abc",
            "--set=validationImages=100",
            "--set=testImages=50",
            "--set=teacher.channels=[4, 8]",
            "--set=teacher.images=64",
            "--set=teacher.batch=32",
            "--set=teacher.epochs=1",
            "--set=student.images=64",
            "--set=student.batch=32",
            "--set=student.copies=2",
            "--set=student.epochs=1");

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
    void everyStageHasItsTimeAndTheRunItsAccuracies() {
        Path file = folder.resolve("job.json");
        Path kept = folder.resolve("run");
        assertThat(run("--out=" + file, "--run-dir=" + kept))
                .as(errors.toString())
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
        assertThat(output.toString())
                .contains("| stage of the job | seconds | images/s |", "| all seven |", "| early exit |", "commit abc");
    }

    @Test
    void aRunFolderOfAnotherProcessIsRefused() {
        Path kept = folder.resolve("run");
        try (RunLock other = RunLock.ofNew(kept)) {
            assertThat(other.notes()).isEmpty();
            assertThat(run("--out=" + folder.resolve("x.json"), "--run-dir=" + kept))
                    .isEqualTo(8);
        }
        assertThat(errors.toString())
                .contains("in use by process " + ProcessHandle.current().pid())
                .hasLineCount(1);
        assertThat(kept.resolve("config.yaml")).doesNotExist();
    }

    @Test
    void aRunFolderThatIsNotEmptyIsRefused() {
        assertThat(run("--out=" + folder.resolve("x.json"), "--run-dir=" + Path.of("src")))
                .isEqualTo(2);
        assertThat(errors.toString()).contains("not empty").hasLineCount(1);
    }
}
