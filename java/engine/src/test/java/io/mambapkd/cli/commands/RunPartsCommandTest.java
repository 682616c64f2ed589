package io.mambapkd.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run folder is evaluated if its parts, its settings and its data belong together; whatever does not is named. */
@Tag("run")
final class RunPartsCommandTest {
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

    private Path checkpoint(String name) {
        return run.resolve("checkpoints/" + name + ".safetensors");
    }

    private CommandRun evaluate(String... more) {
        List<String> args =
                new java.util.ArrayList<>(List.of("evaluate", run.toString(), "--device", "cpu", "--threads", "1"));
        args.addAll(List.of(more));
        return RunOfBars.command(folder, args);
    }

    private RunSummary summaryOf(String... more) throws IOException {
        Path json = folder.resolve("summary.json");
        List<String> args = new java.util.ArrayList<>(List.of(more));
        args.addAll(List.of("--json", json.toString()));
        CommandRun evaluated = evaluate(args.toArray(String[]::new));
        assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
        return SummaryJson.read(Files.readAllBytes(json), json.toString());
    }

    private void assertRefused(CommandRun command, String... words) {
        assertThat(command.exitCode()).as(command.out()).isEqualTo(2);
        assertThat(command.out()).isEmpty();
        assertThat(command.err().lines().toList())
                .last()
                .asString()
                .startsWith("mamba-pkd: ")
                .contains(words);
    }

    @Test
    void aWholeRunGivesTheAccuraciesThatItWasTrainedTo() throws IOException {
        RunSummary before = SummaryJson.read(Files.readAllBytes(run.resolve("summary.json")), "summary.json");

        RunSummary again = summaryOf();

        assertThat(again.students()).isEqualTo(before.students());
        assertThat(again.teacher()).isEqualTo(before.teacher());
        assertThat(again.data()).isEqualTo(before.data());
    }

    @Test
    void exchangedStudentsAreNamed() throws IOException {
        RunOfBars.exchange(checkpoint("student-1-a"), checkpoint("student-3-c"));

        assertRefused(evaluate(), "student-1-a.safetensors holds the model c, expected a");
    }

    @Test
    void aTeacherUnderTheNameOfAStudentIsNamed() throws IOException {
        RunOfBars.exchange(checkpoint("teacher"), checkpoint("student-2-b"));

        assertRefused(evaluate(), "teacher.safetensors holds the model b, expected teacher");
    }

    @Test
    void aMissingStudentBeforeOthersIsNamed() throws IOException {
        Files.delete(checkpoint("student-1-a"));

        assertRefused(evaluate(), "expected", "student-1-a.safetensors, got nothing, while student-2-b.safetensors is");
    }

    @Test
    void aMissingTeacherIsNamed() throws IOException {
        Files.delete(checkpoint("teacher"));

        assertRefused(evaluate(), "teacher.safetensors, got nothing, while student-1-a.safetensors is there");
    }

    @Test
    void aRenamedLastStudentIsFound() throws IOException {
        Files.move(checkpoint("student-3-c"), checkpoint("best"));

        assertRefused(
                evaluate(),
                "student-3-c.safetensors, got nothing, and best.safetensors holds the model c",
                "give it its own name back");
    }

    @Test
    void missingLastStudentsLeaveAShorterChain() throws IOException {
        double two = SummaryJson.read(Files.readAllBytes(run.resolve("summary.json")), "summary.json")
                .students()
                .get(1)
                .cumulativeTestAccuracy();
        Files.delete(checkpoint("student-3-c"));

        RunSummary summary = summaryOf();

        assertThat(summary.students()).hasSize(2);
        assertThat(summary.students().get(1).cumulativeTestAccuracy()).isEqualTo(two);
        assertThat(evaluate().err()).contains("note: 2 of 3 students are finished in " + run);
    }

    @Test
    void aStudentOfAnotherSeedIsForeign() throws IOException {
        Path other = folder.resolve("other");
        RunOfBars.command(folder, RunOfBars.distill(data, other, "--seed", "5"));
        Files.copy(
                other.resolve("checkpoints/student-2-b.safetensors"),
                checkpoint("student-2-b"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertRefused(
                evaluate(),
                "student-2-b.safetensors is of the run ",
                "as teacher.safetensors (seed is 5 instead of 0)",
                "put the checkpoints of one run back under their own names");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            temperature: 2.0      | temperature: 3.0      | student.temperature is 3.0 instead of 2.0
            tokenSize: 4          | tokenSize: 2          | students[0].tokenSize is 2 instead of 4
            'calibrationImages: 0' | 'calibrationImages: 10' | calibrationImages is 10 instead of missing
            'cut: rows'           | 'cut: columns'        | students[0].cut is columns instead of rows
            seed: 0               | seed: 7               | seed is 7 instead of 0
            - 8                   | - 9                   | teacher.channels[1] is 9 instead of 8
            """)
    void aChangedConfigurationIsNamed(String was, String is, String difference) throws IOException {
        Path config = run.resolve("config.yaml");
        String text = Files.readString(config);
        assertThat(text).contains(was);
        Files.writeString(config, text.replace(was, is));

        assertRefused(evaluate(), config + " is not of the run that teacher.safetensors is a part of: ", difference);
    }

    @Test
    void darkerTrainingImagesUnderTheSameNameAreNoData() throws IOException {
        Path other = folder.resolve("other");
        BarImages.write(other, 8, 4, 100, 40, 25);
        Files.copy(
                other.resolve("train-images-idx3-ubyte"),
                data.resolve("train-images-idx3-ubyte"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertRefused(
                evaluate(),
                "expected the data of the run, got other training images, other validation images, a mean of 0.0",
                "at idx:" + data,
                "--dataset");
    }

    @Test
    void otherTestImagesUnderTheSameNameAreNoData() throws IOException {
        BarImages.write(data, 8, 4, 100, 30, 200);

        assertRefused(evaluate(), "expected the data of the run, got 30 test images instead of 40");
    }

    @Test
    void movedDataAreToldWithTheFileThatNamesThem() throws IOException {
        Files.move(data, folder.resolve("moved"));

        assertRefused(
                evaluate(),
                "the dataset of " + run.resolve("config.yaml") + ": ",
                "name where the data are now with --dataset");
        assertThat(summaryOf("--dataset", "idx:" + folder.resolve("moved")).fit())
                .isNotNull();
    }

    @Test
    void theConfigurationNamesTheDataFromTheRoot() {
        Path here = Path.of("").toAbsolutePath();
        Path relative = here.relativize(data);
        Path out = folder.resolve("out");

        RunOfBars.command(folder, RunOfBars.distill(relative, out, "--set", "teacher.epochs=1"));

        assertThat(RunSpecYaml.complete(out.resolve("config.yaml")).dataset()).isEqualTo("idx:" + data);
    }

    @Test
    void otherDataAreNormalisedAsThoseOfTheRun() throws IOException {
        Path other = folder.resolve("other");
        BarImages.write(other, 8, 4, 100, 40, 25);

        RunSummary dark = summaryOf("--dataset", "idx:" + other);

        RunSummary own = summaryOf();
        assertThat(dark.data()).isEqualTo(own.data());
        assertThat(dark.fit()).as("these images were not learned").isNull();
        // Normalised by their own statistics the dark bars would be answered like the bright ones.
        assertThat(dark.students().get(2).cumulativeTestAccuracy())
                .isLessThan(own.students().get(2).cumulativeTestAccuracy());
    }

    @Test
    void otherDataMayBeFewerThanTheValidationImagesOfTheRun() throws IOException {
        Path few = folder.resolve("few");
        BarImages.write(few, 8, 4, 12, 40, 200);

        RunSummary summary = summaryOf("--dataset", "idx:" + few);

        assertThat(summary.validationImages()).isEqualTo(1);
        assertThat(summary.testImages()).isEqualTo(40);
    }

    /** The same images, those of two classes left out: the others are classes 1 and 3 still, though they are the first and the second of these data. */
    @Test
    void someOfTheClassesOfTheRunAreFoundByTheirNames() throws IOException {
        Path some = folder.resolve("some");
        BarImages.copyOfClasses(data, some, List.of(1, 3));

        RunSummary own = summaryOf();
        RunSummary few = summaryOf("--dataset", "idx:" + some);

        assertThat(few.classNames()).isEqualTo(own.classNames());
        assertThat(few.perClass().testImages()).containsExactly(0, 10, 0, 10);
        for (int label : new int[] {1, 3}) {
            assertThat(few.teacherConfusion().get(label))
                    .isEqualTo(own.teacherConfusion().get(label));
            assertThat(few.confusion().get(label)).isEqualTo(own.confusion().get(label));
        }
        assertThat(evaluate("--dataset", "idx:" + some).err())
                .contains("note: some has 2 of the 4 classes of the run; they are matched by their names");
    }

    @Test
    void otherDataOfAnotherKindAreRefused() throws IOException {
        Path large = folder.resolve("large");
        BarImages.write(large, 12, 4, 100, 40, 200);
        Path more = folder.resolve("more");
        BarImages.write(more, 8, 8, 100, 40, 200);

        assertRefused(evaluate("--dataset", "idx:" + large), "images of 12x12x1 instead of 8x8x1");
        assertRefused(
                evaluate("--dataset", "idx:" + more), "8 classes instead of 4 (4, 5, 6, ... not among 0, 1, 2, ...)");
    }

    @Test
    void aDamagedCheckpointIsNamed() throws IOException {
        byte[] bytes = Files.readAllBytes(checkpoint("student-2-b"));
        bytes[bytes.length - 3] ^= 4;
        Files.write(checkpoint("student-2-b"), bytes);

        assertRefused(evaluate(), "student-2-b.safetensors", "the file is damaged", "distill --resume " + run);
    }

    @Test
    void viewsAreEvaluatedBesideThePlainFigure() throws IOException {
        RunSummary plain = summaryOf();
        assertThat(plain.teacher().views()).isEmpty();

        RunSummary viewed = summaryOf("--views", "2");

        assertThat(viewed.teacher().testAccuracy()).isEqualTo(plain.teacher().testAccuracy());
        RunSummary.Views views = viewed.teacher().views().orElseThrow();
        assertThat(views.count()).isEqualTo(2);
        assertThat(views.testAccuracy()).isPositive();
        assertThat(views.validationAccuracy()).isPositive();
        assertThat(viewed.students()).isEqualTo(plain.students());
        assertRefused(evaluate("--views", "3"), "--views 3: teacher.views must be 1, 2 or 6, got 3");
    }

    @Test
    void onlySettingsThatChangeNoModelCanBeSet() throws IOException {
        assertRefused(
                evaluate("--set", "student.alpha=0.5"),
                "--set student.alpha=0.5: expected a setting that changes no model (earlyExit.maximumAccuracyLoss,");
        RunSummary summary =
                summaryOf("--set", "testImages=10", "--set", "student.batch=3", "--set", "teacher.batch=7");
        assertThat(summary.testImages()).isEqualTo(10);
    }
}
