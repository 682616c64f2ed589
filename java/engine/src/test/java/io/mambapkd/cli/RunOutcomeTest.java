package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.InputException;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What a run writes, and how it ends. */
final class RunOutcomeTest extends SmallDataCommands {
    @Test
    void distillWritesItsSettingsAndPrintsTheResult() {
        CommandRun run = distillSmall(jobs, "--seed", "9");

        assertThat(run.exitCode()).as(run.err()).isZero();
        Path made = folder.resolve("runs/tiny-20260102-030405");
        RunSpec written = RunSpecYaml.complete(made.resolve("config.yaml"));
        assertThat(written).isEqualTo(jobs.asked().spec());
        assertThat(written.seed()).isEqualTo(9);
        assertThat(written.dataset()).isEqualTo(smallDataset());
        assertThat(jobs.extent).isEqualTo(Extent.GROUP);
        assertThat(run.err()).contains("run folder: " + made, "working");
        assertThat(run.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .contains(
                        "rows4-d4 0.089 0.089 92.69 92.69",
                        "cols4-d8 0.197 0.286 94.42 96.58",
                        "early exit at 0.90 0.123 96.22",
                        "teacher 100.000 99.58",
                        "control single-student 0.290 96.33",
                        "teacher on 10,000 validation images: 99.57 %");
    }

    @Test
    void reportIsNamedWhereThereIsOne() throws IOException {
        Path out = folder.resolve("out");
        FakeJobs writing = new FakeJobs(listener -> {
            try {
                Files.writeString(out.resolve("report.html"), "<p>");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        CommandRun run = distillSmall(writing, "--out", out.toString());

        assertThat(run.out()).endsWith("report: " + out.resolve("report.html") + System.lineSeparator());
    }

    @Test
    void controlsAndTeacherAloneAreAskedFor() {
        distillSmall(jobs, "--controls");
        assertThat(jobs.extent).isEqualTo(Extent.GROUP_AND_CONTROLS);

        CommandRun teacher =
                run(onSmallDataset("teacher", "--out", folder.resolve("t").toString()));
        assertThat(teacher.exitCode()).as(teacher.err()).isZero();
        assertThat(jobs.extent).isEqualTo(Extent.TEACHER_ONLY);
    }

    @Test
    void evaluateReadsTheRunFoldersOwnSettings() throws IOException {
        Path out = folder.resolve("out");
        distillSmall(jobs, "--seed", "11", "--out", out.toString());
        FakeJobs.writeEmptyTeacher(out);
        jobs.context = null;

        CommandRun run = run("evaluate", out.toString(), "--device", "cpu");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(jobs.asked().spec().seed()).isEqualTo(11);
        assertThat(run.out()).contains("rows4-d4");
    }

    @Test
    void evaluateRefusesWhatIsNotARunFolder() throws IOException {
        CommandRun empty = run("evaluate", folder.toString());
        Files.writeString(folder.resolve("config.yaml"), "seed: 1\n");
        CommandRun partial = run("evaluate", folder.toString());

        assertThat(empty.exitCode()).isEqualTo(2);
        assertThat(empty.err()).contains("expected a run folder with a config.yaml");
        assertThat(partial.exitCode()).isEqualTo(2);
        assertThat(partial.err()).contains("config.yaml: key 'dataset' is missing");
    }

    @Test
    void stoppedRunSaysWhereItsFilesAre() {
        CommandRun run = distillSmall(new FakeJobs(listener -> {
            throw new RunStopped("stopped");
        }));

        assertThat(run.exitCode()).isEqualTo(75);
        assertThat(run.err().lines())
                .endsWith("stopped; what was finished is in " + folder.resolve("runs/tiny-20260102-030405")
                        + "; go on with: mamba-pkd distill --resume " + folder.resolve("runs/tiny-20260102-030405"));
    }

    @Test
    void badInputFoundDuringTheRunIsOneSentence() {
        CommandRun run = distillSmall(new FakeJobs(listener -> {
            throw new InputException("the disk\nis full \u001b[2J");
        }));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).endsWith("mamba-pkd: the disk is full ?[2J");
    }

    @Test
    void internalErrorShowsAStackTraceOnlyWhenAsked() {
        Jobs broken = new FakeJobs(listener -> {
            throw new IllegalStateException("lost");
        });

        CommandRun brief = distillSmall(broken);
        CommandRun full = distillSmall(
                broken, "--stacktrace", "--out", folder.resolve("b").toString());

        assertThat(brief.exitCode()).isEqualTo(70);
        assertThat(brief.err().lines())
                .endsWith("mamba-pkd: internal error: java.lang.IllegalStateException: lost; re-run with --stacktrace");
        assertThat(brief.err()).doesNotContain("\tat ");
        assertThat(full.exitCode()).isEqualTo(70);
        assertThat(full.err()).contains("\tat io.mambapkd.cli.FakeJobs");
    }

    @Test
    void lackOfMemorySaysHowToAllowMore() {
        CommandRun run = distillSmall(new FakeJobs(listener -> {
            throw new OutOfMemoryError("Java heap space");
        }));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains("the run ended by an error; no checkpoint was finished in ")
                .containsPattern(
                        "mamba-pkd: the [0-9,]+ MiB of memory that Java may use are not enough; allow more, as with"
                                + " MAMBA_PKD_OPTS='-Xmx[0-9]+m -XX:.UseParallelGC', or use smaller batches with --set"
                                + " teacher.batch=N and --set student.batch=N");
    }

    /** Threads wrap what ends them. */
    @Test
    void lackOfMemoryOnAnotherThreadIsFoundToo() {
        CommandRun run = distillSmall(new FakeJobs(listener -> {
            throw new IllegalStateException("a batch could not be prepared", new OutOfMemoryError("Java heap space"));
        }));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains("MiB of memory that Java may use are not enough;")
                .doesNotContain("internal");
    }
}
