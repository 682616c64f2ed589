package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run goes on from the stages that are finished, and a trained teacher serves other students. */
@Tag("run")
final class ResumeCommandTest {
    @TempDir
    private static Path shared;

    private static Path data;
    private static Path whole;

    @TempDir
    private Path folder;

    @BeforeAll
    static void train() throws IOException {
        data = shared.resolve("bars");
        BarImages.write(data, 8, 4, 100, 40, 200);
        whole = shared.resolve("whole");
        CommandRun distilled = RunOfBars.command(shared, RunOfBars.distill(data, whole, "--controls"));
        assertThat(distilled.exitCode()).as(distilled.err()).isZero();
    }

    private CommandRun resume(Path run, String... more) {
        List<String> args = new java.util.ArrayList<>(
                List.of("distill", "--resume", run.toString(), "--device", "cpu", "--threads", "1"));
        args.addAll(List.of(more));
        return RunOfBars.command(folder, args);
    }

    /** The run as it was when so many of its models were finished, and an epoch of the next was logged. */
    private Path cut(int models) throws IOException {
        Path run = RunOfBars.copy(whole, folder.resolve("cut"));
        Files.delete(run.resolve("summary.json"));
        Files.delete(run.resolve("report.html"));
        List<String> order = List.of(
                "teacher",
                "student-1-a",
                "student-2-b",
                "student-3-c",
                "control-single-student-1",
                "control-group-conv-1",
                "control-group-conv-2",
                "control-group-conv-3",
                "control-group-none-1",
                "control-group-none-2",
                "control-group-none-3",
                "control-cnn");
        for (String model : order.subList(models, order.size())) {
            Files.delete(run.resolve("checkpoints/" + model + ".safetensors"));
        }
        List<String> lines = Files.readAllLines(run.resolve("metrics.jsonl"));
        // Four epochs of the teacher, three of every other model.
        int kept = models == 0 ? 1 : 4 + 3 * (models - 1) + 1;
        Files.write(run.resolve("metrics.jsonl"), lines.subList(0, Math.min(kept, lines.size())));
        return run;
    }

    private static void assertSameModels(Path run) throws IOException {
        try (Stream<Path> files = Files.list(whole.resolve("checkpoints"))) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(12);
            for (Path file : all) {
                assertThat(run.resolve("checkpoints").resolve(file.getFileName()))
                        .hasSameBinaryContentAs(file);
            }
        }
    }

    private static RunSummary summary(Path run) throws IOException {
        return SummaryJson.read(Files.readAllBytes(run.resolve("summary.json")), "summary.json");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 7, 11, 12})
    void aRunThatGoesOnEndsWithTheFilesOfAnUninterruptedOne(int models) throws IOException {
        Path run = cut(models);

        CommandRun resumed = resume(run, "--controls");

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertSameModels(run);
        assertThat(summary(run).students()).isEqualTo(summary(whole).students());
        assertThat(summary(run).earlyExit()).isEqualTo(summary(whole).earlyExit());
        assertThat(summary(run).fit()).isEqualTo(summary(whole).fit());
        RunSummary.Timing timing = summary(run).timing();
        assertThat(timing.totalSeconds())
                .as("the stages that were taken count")
                .isGreaterThan(timing.teacherSeconds()
                        + timing.studentSeconds().stream()
                                .mapToDouble(Double::doubleValue)
                                .sum());
        assertThat(Files.readAllLines(run.resolve("metrics.jsonl")))
                .hasSameSizeAs(Files.readAllLines(whole.resolve("metrics.jsonl")));
        assertThat(Files.exists(run.resolve("metrics.dropped.jsonl"))).isEqualTo(models < 12);
    }

    @Test
    void aTornLastLineOfTheMetricsIsDropped() throws IOException {
        Path run = cut(2);
        Files.writeString(run.resolve("metrics.jsonl"), "{\"stage\":\"b\",\"ep", StandardOpenOption.APPEND);

        CommandRun resumed = resume(run);

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(Files.readString(run.resolve("metrics.dropped.jsonl"))).endsWith("{\"stage\":\"b\",\"ep\n");
        assertThat(summary(run).students()).isEqualTo(summary(whole).students());
    }

    /** The end of a machine may cost a line its end alone: the next one begins a line of its own all the same. */
    @Test
    void aLastLineOfTheMetricsWithoutItsEndIsKept() throws IOException {
        Path run = cut(2);
        List<String> lines = Files.readAllLines(run.resolve("metrics.jsonl"));
        lines.remove(lines.size() - 1);
        Files.writeString(run.resolve("metrics.jsonl"), String.join("\n", lines));

        CommandRun resumed = resume(run);

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        List<String> after = Files.readAllLines(run.resolve("metrics.jsonl"));
        assertThat(after).startsWith(lines.toArray(String[]::new)).hasSizeGreaterThan(lines.size());
        assertThat(after).allMatch(line -> line.startsWith("{\"stage\"") && line.indexOf("{\"stage\"", 1) < 0);
    }

    @Test
    void itSaysWhatIsTakenAndWhatIsLeft() throws IOException {
        assertThat(resume(cut(3)).err())
                .contains("finished and taken as they are: the teacher and 2 of 3 students; to be trained: 1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --set student.temperature=4 | student.temperature is 4.0 instead of 2.0
            --seed 3                    | seed is 3 instead of 0
            --calibration 10            | calibrationImages is 10 instead of 0
            --set teacher.epochs=9      | teacher.epochs is 9 instead of 4
            --preset mnist-full         | teacher.channels
            """)
    void otherSettingsAreNamedAndRefused(String options, String difference) throws IOException {
        Path run = cut(1);

        CommandRun resumed = resume(run, options.split(" "));

        assertThat(resumed.exitCode()).isEqualTo(2);
        assertThat(resumed.err().lines().toList())
                .last()
                .asString()
                .startsWith(
                        "mamba-pkd: expected the settings of " + run.resolve("config.yaml") + " with --resume, got ")
                .contains(difference);
    }

    @Test
    void aReplacedTeacherIsNoTeacherOfTheNextStudents() throws IOException {
        Path other = folder.resolve("other");
        RunOfBars.command(folder, RunOfBars.distill(data, other, "--set", "students[1].modelWidth=6"));
        Path run = cut(2);
        Files.copy(
                other.resolve("checkpoints/teacher.safetensors"),
                run.resolve("checkpoints/teacher.safetensors"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertThat(resume(run).err()).contains("student-1-a.safetensors is of the run ");
    }

    @Test
    void otherDataAreNoDataOfTheRun() throws IOException {
        Path other = folder.resolve("other");
        BarImages.write(other, 8, 4, 100, 40, 90);

        assertThat(resume(cut(1), "--dataset", "idx:" + other).err())
                .contains("expected the data of the run, got other training images");
    }

    @Test
    void theSameDataMayLieElsewhere() throws IOException {
        Path moved = RunOfBars.copy(data, folder.resolve("moved"));
        Path run = cut(2);

        assertThat(resume(run, "--dataset", "idx:" + moved, "--controls").exitCode())
                .isZero();
        assertSameModels(run);
    }

    @Test
    void itGoesOnInItsOwnFolderWithItsOwnTeacher() throws IOException {
        Path run = cut(1);

        assertThat(resume(run, "--out", folder.resolve("x").toString()).err()).contains("takes no --out");
        assertThat(resume(run, "--teacher", whole.toString()).err()).contains("takes no --teacher");
        assertThat(resume(folder).err()).contains("expected a run folder with a config.yaml");
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 12})
    void aRunKeepsItsControlsWithoutBeingAskedForThem(int models) throws IOException {
        Path run = cut(models);

        CommandRun resumed = resume(run);

        assertThat(resumed.err()).contains("; its controls are a part of it");
        assertSameModels(run);
        assertThat(summary(run).controls()).hasSameSizeAs(summary(whole).controls());
    }

    @Test
    void aLostFolderOfCheckpointsIsMadeAnew() throws IOException {
        Path run = cut(0);
        Files.delete(run.resolve("checkpoints"));

        assertThat(resume(run, "--controls").exitCode()).isZero();
        assertSameModels(run);
    }

    @Test
    void aFolderThatCannotBeWrittenIsFoundBeforeTheTraining() throws IOException {
        Path run = cut(0);
        Files.delete(run.resolve("checkpoints"));
        Files.createFile(run.resolve("checkpoints"));

        CommandRun resumed = resume(run);

        assertThat(resumed.exitCode()).isEqualTo(2);
        assertThat(resumed.err())
                .isEqualTo(
                        "mamba-pkd: expected a run folder that can be written with --resume, got one that cannot, at "
                                + run.resolve("checkpoints")
                                + "; change its permissions, or copy the run to a place that can be written"
                                + System.lineSeparator());
    }

    @Test
    void aRunGoesOnWithItsOwnCalibrationImagesAndNoOthers() throws IOException {
        Path run = folder.resolve("calibrated");
        CommandRun distilled = RunOfBars.command(folder, RunOfBars.distill(data, run, "--calibration", "12%"));
        assertThat(distilled.exitCode()).as(distilled.err()).isZero();
        Path last = run.resolve("checkpoints/student-3-c.safetensors");
        byte[] model = Files.readAllBytes(last);
        Files.delete(last);

        CommandRun more = resume(run, "--calibration", "13");
        CommandRun none = resume(run, "--calibration", "0");
        CommandRun own = resume(run, "--calibration", "12");

        assertThat(more.exitCode()).isEqualTo(2);
        assertThat(more.err()).contains("calibrationImages is 13 instead of 12");
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("calibrationImages is 0 instead of 12");
        assertThat(own.exitCode()).as(own.err()).isZero();
        assertThat(last).hasBinaryContent(model);
        assertThat(summary(run).trainingImages()).isEqualTo(68);
        assertThat(summary(run).calibrationImages()).isEqualTo(12);
        assertThat(summary(run).validationImages()).isEqualTo(20);
        assertThat(run.resolve("report.html"))
                .content()
                .contains("68 for training, 12 for calibration, 20 for validation, 40 for the test");
        CommandRun evaluated = RunOfBars.command(folder, "evaluate", run.toString(), "--device", "cpu");
        assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    }

    /** Checkpoints and settings of versions without calibration images. */
    @Test
    void aRunOfAVersionWithoutCalibrationImagesGoesOn() throws IOException {
        Path run = cut(3);
        Path config = run.resolve("config.yaml");
        Files.writeString(config, Files.readString(config).replaceAll("calibrationImages.*\n", ""));
        assertThat(config).content().doesNotContain("calibration");

        CommandRun resumed = resume(run, "--controls");

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertSameModels(run);
        assertThat(Files.readString(whole.resolve("checkpoints/teacher.safetensors"), StandardCharsets.ISO_8859_1))
                .contains("mambapkd.state")
                .doesNotContain("calibration");
    }

    @Test
    void aTeacherThatDoesNotTellItsDataIsNotTakenWithOtherValidationImages() throws IOException {
        Path before = RunOfBars.copy(whole, folder.resolve("before"));
        RunOfBars.forget(before);
        Path run = folder.resolve("new");

        CommandRun other = RunOfBars.command(
                folder, RunOfBars.distill(data, run, "--teacher", before.toString(), "--set", "split=last"));
        CommandRun same = RunOfBars.command(folder, RunOfBars.distill(data, run, "--teacher", before.toString()));

        assertThat(other.err())
                .contains("teacher.safetensors does not say which run and which data it is of")
                .contains("got split is last instead of stratified");
        assertThat(same.exitCode()).as(same.err()).isZero();
        assertThat(same.err()).contains("note: " + before.resolve("checkpoints/teacher.safetensors") + " does not say");
    }

    @Test
    void aTrainedTeacherServesOtherStudents() throws IOException {
        Path run = folder.resolve("new");
        String teacher = whole.toString();

        CommandRun distilled = RunOfBars.command(
                folder, RunOfBars.distill(data, run, "--teacher", teacher, "--set", "students[0].modelWidth=6"));

        assertThat(distilled.exitCode()).as(distilled.err()).isZero();
        assertThat(distilled.err()).doesNotContain("teacher: epoch");
        assertThat(summary(run).teacher()).isEqualTo(summary(whole).teacher());
        assertThat(summary(run).timing().teacherSeconds())
                .isPositive()
                .isLessThanOrEqualTo(summary(whole).timing().teacherSeconds());
        assertThat(RunOfBars.command(folder, "evaluate", run.toString(), "--device", "cpu")
                        .exitCode())
                .isZero();
    }

    @Test
    void aTeacherOfOtherDataOrSettingsIsRefused() throws IOException {
        Path other = folder.resolve("other");
        BarImages.write(other, 8, 4, 100, 40, 90);
        Path run = folder.resolve("new");

        CommandRun data2 = RunOfBars.command(folder, RunOfBars.distill(other, run, "--teacher", whole.toString()));
        CommandRun settings = RunOfBars.command(
                folder,
                RunOfBars.distill(data, run, "--teacher", whole.toString(), "--set", "teacher.channels=[4, 9]"));

        CommandRun calibrated = RunOfBars.command(
                folder, RunOfBars.distill(data, run, "--teacher", whole.toString(), "--calibration", "10"));

        assertThat(data2.err()).contains("was trained on, got other training images");
        assertThat(calibrated.exitCode()).isEqualTo(2);
        assertThat(calibrated.err())
                .contains("was trained on, got 70 training images instead of 80, 10 calibration images instead of 0");
        assertThat(settings.err()).contains("teacher.channels[1] is 9 instead of 8");
        assertThat(run).doesNotExist();
    }

    @Test
    void aDamagedControlIsTrainedAgain() throws IOException {
        Path run = cut(12);
        Files.writeString(run.resolve("checkpoints/control-group-conv-2.safetensors"), "torn");

        CommandRun resumed = resume(run, "--controls");

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertSameModels(run);
    }

    @Test
    void aDamagedRecordOfARunIsNamedWithItsRemedy() throws IOException {
        Path run = cut(1);
        Files.writeString(run.resolve("run.json"), "{\"formatVersion\": 1, \"ext");

        CommandRun resumed = resume(run);

        assertThat(resumed.exitCode()).isEqualTo(2);
        assertThat(resumed.err())
                .contains(run.resolve("run.json")
                        + ": expected the record of a run, got only the beginning of one; put it"
                        + " back, or remove it: ")
                .doesNotContain("\tat ");
    }
}
