package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.TalkingChild;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands on a run folder that a run is using, and on one that holds a run. */
final class RunInUseTest extends SmallDataCommands {
    private Path out;
    private String name;

    @BeforeEach
    void name() {
        out = folder.resolve("out");
        name = out.toString();
    }

    /** What other commands come to while a run uses its folder. */
    private List<CommandRun> whileInUse(List<String[]> commands) {
        List<CommandRun> ended = new ArrayList<>();
        CommandRun run = distillSmall(
                new FakeJobs(listener -> {
                    try {
                        FakeJobs.writeEmptyTeacher(out);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    commands.forEach(command -> ended.add(run(command)));
                }),
                "--out",
                name);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return ended;
    }

    @Test
    void whatWouldWriteIntoItIsRefused() throws IOException {
        String json = out.resolve("again.json").toString();
        List<CommandRun> refused = whileInUse(List.of(
                onSmallDataset("distill", "--out", name),
                onSmallDataset("distill", "--out", name, "--dry-run"),
                onSmallDataset("teacher", "--out", name),
                new String[] {"distill", "--resume", name},
                new String[] {"distill", "--resume", name, "--dry-run"},
                new String[] {"report", name},
                new String[] {
                    "report", name, "--out", out.resolve("report.html").toString()
                },
                new String[] {"evaluate", name, "--json", json}));

        String sentence = "mamba-pkd: expected a run folder that no other process uses, got one in use by process "
                + ProcessHandle.current().pid() + " on host " + TalkingChild.host() + ", at " + out
                + "; wait until it ends, or stop it\n";
        assertThat(refused).hasSize(8).allSatisfy(run -> {
            assertThat(run.exitCode()).isEqualTo(8);
            assertThat(run.err()).isEqualTo(sentence);
            assertThat(run.out()).isEmpty();
        });
        assertThat(out.resolve("again.json")).doesNotExist();
        assertThat(jobs.context).isNull();
    }

    @Test
    void whatOnlyReadsItGoesOn() {
        String elsewhere = folder.resolve("report.html").toString();
        List<CommandRun> done = whileInUse(List.of(
                new String[] {"evaluate", name},
                new String[] {
                    "evaluate", name, "--json", folder.resolve("x.json").toString()
                },
                new String[] {"evaluate", name, "--json", "-"},
                new String[] {"report", name, "--out", elsewhere},
                new String[] {"report", name, "--out", "-"}));

        assertThat(done)
                .hasSize(5)
                .allSatisfy(run -> assertThat(run.exitCode()).as(run.err()).isZero());
        assertThat(folder.resolve("report.html")).exists();
        assertThat(folder.resolve("x.json")).exists();
    }

    @Test
    void theTeacherOfARunThatIsUsedMayBeTaken() {
        CommandRun other = whileInUse(List.<String[]>of(onSmallDataset("distill", "--teacher", name)))
                .get(0);

        // What the stand-in for a checkpoint lacks is found after the folder was read.
        assertThat(other.exitCode()).isEqualTo(2);
        assertThat(other.err()).contains("teacher.safetensors").doesNotContain("in use");
    }

    @Test
    void theFolderIsFreeWhenTheRunHasEnded() throws IOException {
        CommandRun run = distillSmall(jobs, "--out", name);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(out.resolve("run.lock")).isEmptyFile();

        FakeJobs.writeEmptyTeacher(out);
        CommandRun report = run("report", name);
        assertThat(report.exitCode()).as(report.err()).isZero();

        Files.delete(out.resolve("run.lock"));
        Files.delete(out.resolve("report.html"));
        assertThat(run("evaluate", name).exitCode()).isZero();
        assertThat(run("distill", "--resume", name, "--dry-run").exitCode()).isZero();
        assertThat(out.resolve("run.lock")).doesNotExist();
    }

    @Test
    void whoNamesTheFolderOfTheSameRunIsToldHowToGoOn() {
        distillSmall(jobs, "--out", name);
        String begin = "mamba-pkd: expected a new or empty run folder with --out, got " + out + ": it holds a run";

        assertRefused(distillSmall(jobs, "--out", name), begin + "; go on with: mamba-pkd distill --resume " + out);
        assertRefused(
                distillSmall(jobs, "--out", name, "--dry-run"),
                begin + "; go on with: mamba-pkd distill --resume " + out);
        assertRefused(
                distillSmall(jobs, "--out", name, "--controls"),
                begin + "; go on with: mamba-pkd distill --resume " + out);
        assertRefused(
                run(onSmallDataset("teacher", "--out", name)),
                begin + "; go on with: mamba-pkd teacher --resume " + out);
        assertRefused(
                distillSmall(jobs, "--out", name, "--seed", "5"),
                begin + " of other settings (seed is 5 instead of 0); name another one");
        assertRefused(
                distillSmall(jobs, "--out", name, "--seed", "5", "--set", "teacher.epochs=77"),
                begin + " of other settings (seed is 5 instead of 0, ...); name another one");
    }

    @Test
    void aFolderWithSomethingElseIsNoRun() throws IOException {
        Files.createDirectory(out);
        Path config = Files.writeString(out.resolve("config.yaml"), "mine");
        assertRefused(
                distillSmall(jobs, "--out", name),
                "mamba-pkd: expected a new or empty run folder, got a folder that is not empty, at " + out
                        + "; name another one with --out, or remove it");
        assertThat(out).isDirectoryNotContaining(file -> !file.equals(config));
    }

    @Test
    void aLinkInThePlaceOfTheLockIsNotWrittenThrough() throws IOException {
        distillSmall(jobs, "--out", name);
        Path other = Files.writeString(folder.resolve("other"), "");
        Files.delete(out.resolve("run.lock"));
        Files.createSymbolicLink(out.resolve("run.lock"), other);

        assertRefused(
                run("distill", "--resume", name),
                "mamba-pkd: expected nothing or a lock of this program, got a link, at " + out.resolve("run.lock")
                        + "; remove it");
        assertThat(other).isEmptyFile();
    }

    private static void assertRefused(CommandRun run, String sentence) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.err().lines()).last().isEqualTo(sentence);
    }
}
