package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report of a run is written anew wherever its data are, and of what is left of it. */
@Tag("run")
final class ReportCommandTest {
    @TempDir
    private static Path shared;

    private static Path trained;

    @TempDir
    private Path folder;

    private Path data;
    private Path run;

    @BeforeAll
    static void train() throws IOException {
        BarImages.write(shared.resolve("bars"), 8, 4, 100, 40, 200);
        trained = shared.resolve("run");
        CommandRun distilled = RunOfBars.command(shared, RunOfBars.distill(shared.resolve("bars"), trained));
        assertThat(distilled.exitCode()).as(distilled.err()).isZero();
    }

    @BeforeEach
    void copy() throws IOException {
        data = RunOfBars.copy(shared.resolve("bars"), folder.resolve("bars"));
        run = RunOfBars.copy(trained, folder.resolve("run"));
        Path config = run.resolve("config.yaml");
        Files.writeString(
                config, Files.readString(config).replace(shared.resolve("bars").toString(), data.toString()));
    }

    private CommandRun report(String... more) {
        List<String> args = new ArrayList<>(List.of("report", run.toString(), "--device", "cpu", "--threads", "1"));
        args.addAll(List.of(more));
        return RunOfBars.command(folder, args);
    }

    private void assertRefused(CommandRun command, String... words) {
        assertThat(command.exitCode()).as(command.out()).isEqualTo(2);
        assertThat(command.err().lines().toList())
                .last()
                .asString()
                .startsWith("mamba-pkd: ")
                .contains(words);
    }

    @Test
    void notesAreCalledNotes() throws IOException {
        RunOfBars.prefix(run.resolve("checkpoints/teacher.safetensors"), "module.");

        assertThat(report().err().lines())
                .contains("note: all tensors of " + run.resolve("checkpoints/teacher.safetensors")
                        + " have the prefix module. in their names, which was left out");
    }

    @Test
    void aReportOfMovedDataIsWrittenWhereTheyAreNamed() throws IOException {
        Path moved = folder.resolve("moved");
        Files.move(data, moved);
        Path other = folder.resolve("other");
        BarImages.write(other, 8, 4, 100, 40, 90);
        CommandRun same = report("--dataset", "idx:" + moved);

        assertThat(same.exitCode()).as(same.err()).isZero();
        assertRefused(report("--dataset", "idx:" + other), "expected the data of the run, got other training images");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            summary.json  | '{\n "formatVersion'   | 'summary.json, line 2: expected the summary of a run, got only the beginning of one; remove the file: the report can do without'
            metrics.jsonl | 'junk\n{}\n'           | 'metrics.jsonl line 1: expected the record of an epoch, but Unrecognized token ''junk''; remove the line'
            """)
    void damagedFilesOfTheReportAreNamedWithWhatToDo(String file, String text, String sentence) throws IOException {
        Files.writeString(run.resolve(file), text.translateEscapes());

        assertRefused(report(), sentence);
    }

    @Test
    void theReportOfAnUnfinishedRunIsThatOfItsFinishedModels() throws IOException {
        Files.delete(run.resolve("checkpoints/student-3-c.safetensors"));
        Files.delete(run.resolve("summary.json"));
        Files.delete(run.resolve("report.html"));

        CommandRun report = report();

        assertThat(report.exitCode()).as(report.err()).isZero();
        assertThat(report.out()).contains("report: " + run.resolve("report.html"));
        assertThat(Files.readString(run.resolve("report.html")))
                .contains("A group of two Mamba students")
                .contains("<svg");
        assertThat(run.resolve("summary.json")).doesNotExist();
    }

    @Test
    void theReportCanBePrinted() {
        CommandRun report = RunOfBars.command(folder, "report", run.toString(), "--device", "cpu", "--out", "-");

        assertThat(report.exitCode()).as(report.err()).isZero();
        assertThat(report.out()).startsWith("<!DOCTYPE html>").contains("</html>");
    }
}
