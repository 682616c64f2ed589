package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.FakeJobs;
import io.mambapkd.cli.session.Jobs;
import io.mambapkd.data.formats.TestImages;
import io.mambapkd.report.HtmlReport;
import io.mambapkd.results.RunSummary;
import io.mambapkd.train.run.DistillRun;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.run.RunContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code verify}: its lines and exit codes, and the list that runs write and other commands renew. */
@Tag("run")
final class VerifyCommandTest {
    @TempDir
    private static Path shared;

    private static Path data;
    private static Path trained;

    @TempDir
    private Path folder;

    private Path run;

    @BeforeAll
    static void train() throws IOException {
        data = shared.resolve("bars");
        BarImages.write(data, 8, 4, 100, 40, 200);
        trained = shared.resolve("run");
        CommandRun distilled = RunOfBars.command(shared, RunOfBars.distill(data, trained));
        assertThat(distilled.exitCode()).as(distilled.err()).isZero();
    }

    @BeforeEach
    void copy() throws IOException {
        run = RunOfBars.copy(trained, folder.resolve("run"));
    }

    private CommandRun command(String name, String... more) {
        List<String> args = new ArrayList<>(List.of(name, run.toString()));
        args.addAll(List.of(more));
        return RunOfBars.command(folder, args);
    }

    private CommandRun verify(String... more) {
        return command("verify", more);
    }

    private void assertWhole() {
        CommandRun verified = verify();
        assertThat(verified.exitCode()).as(verified.out()).isZero();
        assertThat(verified.out().lines()).last().asString().endsWith("11 files: 11 whole");
    }

    @Test
    void aWholeRunIsATableAndItsCount() {
        CommandRun verified = verify();

        assertThat(verified.exitCode()).isZero();
        assertThat(verified.err()).isEmpty();
        assertThat(verified.out()).isEqualToIgnoringNewLines("""
                file                                 kind       state
                run.json                             run        whole
                config.yaml                          settings   whole
                metrics.jsonl                        epochs     whole
                checkpoints/teacher.safetensors      teacher    whole
                checkpoints/student-1-a.safetensors  student    whole
                checkpoints/student-2-b.safetensors  student    whole
                checkpoints/student-3-c.safetensors  student    whole
                model.json                           model      whole
                summary.json                         results    whole
                report.html                          report     whole
                SHA256SUMS                           checksums  whole
                11 files: 11 whole
                """);
    }

    @Test
    void damagedAndMissingFilesAreProblemsAndOthersAreNotes() throws IOException {
        Files.writeString(run.resolve("config.yaml"), "seed: 1\n");
        Files.delete(run.resolve("summary.json"));
        Files.writeString(run.resolve("no\u001b[2Jtes"), "");
        Files.writeString(run.resolve("checkpoints/.teacher.safetensors.new"), "");

        CommandRun verified = verify();

        assertThat(verified.exitCode()).isEqualTo(1);
        assertThat(verified.err()).isEmpty();
        List<String> lines = verified.out().lines().toList();
        assertThat(lines)
                .contains(
                        "config.yaml                           settings   damaged",
                        "summary.json                          results    missing",
                        "checkpoints/.teacher.safetensors.new  temporary  left over",
                        "no?[2Jtes                             other      no part of the run",
                        "problem: expected " + run.resolve("summary.json")
                                + ", which SHA256SUMS lists, got nothing; put it"
                                + " back, or write it anew with mamba-pkd distill --resume " + run,
                        "note: " + run.resolve("checkpoints/.teacher.safetensors.new")
                                + " was left by a process that was"
                                + " killed, or is being written; remove it where no process works in the run folder")
                .last()
                .isEqualTo("11 files: 9 whole, 1 damaged, 1 missing; and 1 no part of the run, 1 left over");
        // Of "seed: 1" and a line end: printf 'seed: 1\n' | sha256sum
        assertThat(lines)
                .anyMatch(
                        line -> line.startsWith(
                                        "problem: expected " + run.resolve("config.yaml") + " with the SHA-256 ")
                                && line.endsWith(
                                        " of SHA256SUMS, got"
                                                + " adf0396d435b4047092c20dada268d22d8db7f192fe2a8a9a283c9e9dea6af54; use another copy"));
    }

    @Test
    void aWrongArgumentIsNoDamage() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path file = Files.createFile(folder.resolve("file"));

        for (Path wrong : List.of(empty, file, folder.resolve("absent"))) {
            CommandRun verified = RunOfBars.command(folder, "verify", wrong.toString());
            assertThat(verified.exitCode()).isEqualTo(2);
            assertThat(verified.out()).isEmpty();
            assertThat(verified.err())
                    .startsWith("mamba-pkd: expected a run folder with a config.yaml, got ")
                    .contains(wrong.toString());
        }
        assertThat(RunOfBars.command(folder, "verify").exitCode()).isEqualTo(2);
        assertThat(verify("--json", "/no/such/file").exitCode()).isEqualTo(2);
    }

    @Test
    void theRecordHasTheSameAsTheTable() throws IOException {
        Files.delete(run.resolve("report.html"));
        Path json = folder.resolve("verify.json");

        CommandRun written = verify("--json", json.toString());
        CommandRun printed = verify("--json", "-");

        assertThat(written.exitCode()).isEqualTo(1);
        assertThat(written.out()).contains("11 files: 10 whole, 1 missing");
        assertThat(printed.exitCode()).isEqualTo(1);
        assertThat(printed.out()).isEqualTo(Files.readString(json));
        JsonNode record = JsonMapper.shared().readTree(printed.out());
        assertThat(record.get("formatVersion").intValue()).isEqualTo(1);
        assertThat(record.get("run").asString()).isEqualTo(run.toString());
        assertThat(record.get("whole").booleanValue()).isFalse();
        assertThat(record.get("files")).hasSize(11);
        JsonNode report = record.get("files").get(9);
        assertThat(report.get("file").asString()).isEqualTo("report.html");
        assertThat(report.get("kind").asString()).isEqualTo("report");
        assertThat(report.get("state").asString()).isEqualTo("missing");
        assertThat(report.get("remedy").asString())
                .isEqualTo("put it back, or write it anew with mamba-pkd report " + run);
    }

    @Test
    void aReportThatIsWrittenAnewIsWhole() throws IOException {
        Files.writeString(run.resolve("report.html"), "damaged");
        assertThat(verify().exitCode()).isEqualTo(1);

        CommandRun report = command("report", "--device", "cpu");

        assertThat(report.exitCode()).as(report.err()).isZero();
        assertWhole();
    }

    @Test
    void aSummaryThatEvaluateWritesOverIsWhole() {
        CommandRun evaluated = command(
                "evaluate",
                "--device",
                "cpu",
                "--json",
                run.resolve("summary.json").toString());

        assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
        assertWhole();
    }

    @Test
    void aReportElsewhereChangesNothing() throws IOException {
        byte[] list = Files.readAllBytes(run.resolve("SHA256SUMS"));

        CommandRun report = command(
                "report",
                "--device",
                "cpu",
                "--out",
                folder.resolve("other.html").toString());

        assertThat(report.exitCode()).as(report.err()).isZero();
        assertThat(run.resolve("SHA256SUMS")).hasBinaryContent(list);
        assertWhole();
    }

    /** The list is gone while the run goes on, or it would call damaged what is being written. */
    @Test
    void aRunThatGoesOnHasNoListUntilItHasEnded() throws IOException {
        List<Boolean> there = new ArrayList<>();
        Jobs looking = new FakeJobs() {
            @Override
            public RunSummary distill(RunContext context, Extent extent) {
                return DistillRun.run(context, extent, report -> {
                    there.add(Files.exists(run.resolve("SHA256SUMS")));
                    return HtmlReport.write(report);
                });
            }
        };

        CommandRun resumed = CommandRun.of(
                looking, folder.resolve("runs"), "distill", "--resume", run.toString(), "--device", "cpu");

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(there).containsExactly(false);
        assertWhole();
    }

    /** By the program whose format it is. */
    @Test
    void sha256sumFindsTheSame() throws IOException, InterruptedException {
        assertThat(sha256sum()).isZero();

        byte[] bytes = Files.readAllBytes(run.resolve("metrics.jsonl"));
        bytes[3] ^= 2;
        Files.write(run.resolve("metrics.jsonl"), bytes);
        assertThat(sha256sum()).isEqualTo(1);
    }

    private int sha256sum() throws IOException, InterruptedException {
        return new ProcessBuilder("sha256sum", "--strict", "--check", "--quiet", "SHA256SUMS")
                .directory(run.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void aDamagedCacheOfImagesIsANoteOfItsRun() throws IOException {
        for (String name : List.of("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png")) {
            Path file = folder.resolve("images").resolve(name);
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.write(file, TestImages.png(4, 4, name.hashCode()));
        }
        Path cache = folder.resolve("cache");
        CommandRun info = RunOfBars.command(
                folder, "data", "info", "folder:" + folder.resolve("images"), "--cache-dir", cache.toString());
        assertThat(info.exitCode()).as(info.err()).isZero();
        Files.delete(run.resolve("SHA256SUMS"));
        Path config = run.resolve("config.yaml");
        String settings = Files.readString(config, StandardCharsets.UTF_8);
        Files.writeString(
                config,
                settings.replaceFirst("dataset: .*", "dataset: folder:" + folder.resolve("images"))
                        .replaceFirst("cacheFolder: .*", "cacheFolder: " + cache));
        assertThat(verify().out()).doesNotContain("cache of decoded images");

        Path file;
        try (Stream<Path> files = Files.list(cache)) {
            file = files.filter(entry -> entry.toString().endsWith(".images"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[20] ^= 1;
        Files.write(file, bytes);

        CommandRun verified = verify();
        assertThat(verified.exitCode()).isZero();
        assertThat(verified.out().lines())
                .contains("note: the cache of decoded images " + file
                        + " is damaged: its checksum is wrong, so that the next start writes it anew");
    }
}
