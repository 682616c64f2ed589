package io.mambapkd.cli.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.cli.CommandRun;
import io.mambapkd.cli.commands.BarImages;
import io.mambapkd.cli.commands.RunOfBars;
import io.mambapkd.distill.calibration.Parts;
import io.mambapkd.results.CalibrationJson;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Budget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code calibrate}: what it writes is what the runtime does, and what it refuses is left as it was. */
@Tag("run")
final class CalibrateCommandTest {
    private static final int TEST_IMAGES = 400;

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
        BarImages.write(data, 8, 4, 100, TEST_IMAGES, 200);
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

    private CommandRun calibrate(String... more) {
        List<String> args = new ArrayList<>(List.of("--device", "cpu", "--threads", "1"));
        args.addAll(List.of(more));
        return command("calibrate", args.toArray(String[]::new));
    }

    private CommandRun calibrateOnTest(String drops) {
        CommandRun calibrated = calibrate("--from", "test", "--max-accuracy-drop", drops);
        assertThat(calibrated.exitCode()).as(calibrated.err()).isZero();
        return calibrated;
    }

    private CalibrationRecord record() throws IOException {
        Path file = run.resolve("calibration.json");
        return CalibrationJson.read(Files.readAllBytes(file), file.toString());
    }

    /** Of the 400 test images 200 calibrate, 80 of them the predictor; the other 120 can certify 5 points (59 images) and not 2 (149). */
    @Test
    void promisesAreMadeWhereTheImagesAreEnough() throws IOException {
        CommandRun calibrated = calibrateOnTest("20,2,5");

        CalibrationRecord record = record();
        assertThat(record.from()).isEqualTo("test");
        assertThat(List.of(record.fitImages(), record.certifyingImages(), record.testImages()))
                .containsExactly(80, 120, 200);
        assertThat(record.drops())
                .extracting(CalibrationRecord.Drop::maximumAccuracyDrop)
                .containsExactly(2.0, 5.0, 20.0);
        assertThat(record.drops())
                .extracting(CalibrationRecord.Drop::imagesNeeded)
                .containsExactly(149, 59, 14);
        assertThat(record.drops()).extracting(drop -> drop.regret().isPresent()).containsExactly(false, true, true);
        assertThat(AnytimeClassifier.load(run).certificates())
                .extracting(certificate -> certificate.maximumAccuracyDrop())
                .containsExactly(5.0, 20.0);
        assertThat(calibrated.out())
                .contains("largest probability", "whole chain", "of the test images see the probability")
                .contains(
                        "note: a drop of at most 2 points with a confidence of 0.95 is not certified: expected at least"
                                + " 149 images to certify it, got 120")
                .contains("a random half of the test images calibrated");
    }

    /** The runtime stops where the record says, on all images together: those that calibrated and those of the figures. */
    @Test
    void theRuntimeStopsByTheCertifiedRule() throws IOException {
        calibrateOnTest("20");
        CalibrationRecord.Rule rule = record().drops().get(0).regret().orElseThrow();
        AnytimeClassifier classifier = AnytimeClassifier.load(run);
        byte[] pixels = Files.readAllBytes(data.resolve("t10k-images-idx3-ubyte"));
        byte[] labels = Files.readAllBytes(data.resolve("t10k-labels-idx1-ubyte"));
        Parts halves =
                Parts.stratifiedHalves(labels(labels), classifier.classNames().size());

        int[] exits = new int[classifier.students()];
        int right = 0;
        long flops = 0;
        for (int i : halves.second()) {
            byte[] image = Arrays.copyOfRange(pixels, 16 + 64 * i, 16 + 64 * (i + 1));
            Answer answer = classifier.classify(image, Budget.accuracyDrop(20));
            exits[answer.students() - 1]++;
            right += answer.label() == labels[8 + i] ? 1 : 0;
            flops += answer.flops();
        }

        double images = halves.second().length;
        assertThat(Arrays.stream(exits).mapToObj(count -> count / images)).containsExactlyElementsOf(rule.exits());
        assertThat(right / images).isEqualTo(rule.testAccuracy());
        assertThat(flops / images / classifier.teacherFlops()).isCloseTo(rule.averageFlopsRatio(), within(1e-12));
    }

    private static int[] labels(byte[] file) {
        int[] labels = new int[file.length - 8];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = file[8 + i];
        }
        return labels;
    }

    @Test
    void theFilesAreOnTheListAndInTheReport() throws IOException {
        assertThat(Files.readString(run.resolve("report.html"))).doesNotContain("Early exit with a promise");
        calibrateOnTest("5");

        CommandRun verified = command("verify");
        assertThat(verified.exitCode()).as(verified.out()).isZero();
        assertThat(verified.out()).contains("calibration.json").contains("12 files: 12 whole");
        CommandRun report = command("report", "--device", "cpu", "--threads", "1");
        assertThat(report.exitCode()).as(report.err()).isZero();
        assertThat(Files.readString(run.resolve("report.html"))).contains("Early exit with a promise");
        assertThat(command("verify").exitCode()).isZero();
    }

    @Test
    void aDamagedCalibrationIsFound() throws IOException {
        calibrateOnTest("5");
        Files.writeString(run.resolve("calibration.json"), "{\n");

        CommandRun verified = command("verify");
        CommandRun report = command("report", "--device", "cpu", "--threads", "1");

        assertThat(verified.exitCode()).isEqualTo(1);
        assertThat(verified.out()).contains("write it anew with mamba-pkd calibrate " + run);
        assertThat(report.exitCode()).isEqualTo(2);
        assertThat(report.err()).contains("calibration.json").contains("mamba-pkd calibrate " + run);
    }

    /** Kept results have no teacher, no run.json, no model.json; the threshold of the largest probability is found anew. */
    @Test
    void keptResultsAreCalibratedWithoutTheirTeacher() throws IOException {
        byte[] model = Files.readAllBytes(run.resolve("model.json"));
        for (String name : List.of("checkpoints/teacher.safetensors", "run.json", "model.json", "SHA256SUMS")) {
            Files.delete(run.resolve(name));
        }

        CommandRun calibrated = calibrate("--from", "test", "--max-accuracy-drop", "5");

        assertThat(calibrated.exitCode()).as(calibrated.err()).isZero();
        assertThat(calibrated.err()).doesNotContain("another teacher");
        AnytimeClassifier kept = AnytimeClassifier.load(run);
        assertThat(kept.certificates()).hasSize(1);
        String before = new String(model, StandardCharsets.UTF_8);
        String beforeExit = before.substring(0, before.indexOf("\"regret\""));
        assertThat(Files.readString(run.resolve("model.json"))).startsWith(beforeExit);
    }

    @Test
    void aRunThatGoesOnKeepsItsCertificates() throws IOException {
        calibrateOnTest("5");
        String model = Files.readString(run.resolve("model.json"));

        CommandRun resumed =
                RunOfBars.command(folder, "distill", "--device", "cpu", "--threads", "1", "--resume", run.toString());

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(Files.readString(run.resolve("model.json"))).isEqualTo(model);
        assertThat(Files.readString(run.resolve("report.html"))).contains("Early exit with a promise");
        assertThat(command("verify").exitCode()).isZero();
    }

    @Test
    void anotherStudentEndsTheCertificates() throws IOException {
        calibrateOnTest("5");
        Files.delete(run.resolve("checkpoints/student-3-c.safetensors"));
        // As if another third student had been calibrated.
        Path file = run.resolve("calibration.json");
        String third = record().studentsSha256().get(2);
        Files.writeString(file, Files.readString(file).replace(third, "0".repeat(third.length())));

        CommandRun resumed =
                RunOfBars.command(folder, "distill", "--device", "cpu", "--threads", "1", "--resume", run.toString());

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(AnytimeClassifier.load(run).certificates()).isEmpty();
        assertThat(run.resolve("calibration.json")).doesNotExist();
    }

    /** The engine normalises by the data, and so must the runtime, for which the promises are made. */
    @Test
    void aChangedDescriptionIsMadeAnewAndNotCertified() throws IOException {
        calibrateOnTest("20");
        Path model = run.resolve("model.json");
        String whole = Files.readString(model);
        Files.writeString(
                model,
                whole.replaceFirst("\"mean\": \\[[0-9.]+\\]", "\"mean\": [0.9]")
                        .replaceFirst("\"teacherFlops\": [0-9]+", "\"teacherFlops\": 99"));
        assertThat(model).content().isNotEqualTo(whole);

        calibrateOnTest("20");

        assertThat(model).content().isEqualTo(whole);
    }

    private CommandRun resume() {
        return RunOfBars.command(folder, List.of("distill", "--resume", run.toString(), "--device", "cpu"));
    }

    @Test
    void aRunThatIsGoneOnWithKeepsItsPromisesAndNoForgedOnes() throws IOException {
        calibrateOnTest("5,20");
        Path model = run.resolve("model.json");
        String whole = Files.readString(model);
        byte[] calibration = Files.readAllBytes(run.resolve("calibration.json"));
        Files.writeString(model, whole.replaceAll("\"threshold\": [0-9.E-]+,", "\"threshold\": 0.99,"));
        assertThat(model).content().isNotEqualTo(whole);

        CommandRun resumed = resume();

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(model).content().isEqualTo(whole);
        assertThat(run.resolve("calibration.json")).hasBinaryContent(calibration);
    }

    @Test
    void promisesThatCannotBeReadAreSaidToBeLost() throws IOException {
        calibrateOnTest("20");
        Files.writeString(run.resolve("calibration.json"), "{");

        CommandRun resumed = resume();

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("note: the early exits that were certified before are lost");
        assertThat(run.resolve("calibration.json")).doesNotExist();
        assertThat(AnytimeClassifier.load(run).certificates()).isEmpty();
    }

    /** As a process leaves it that is killed between the two files. */
    @Test
    void verifyTellsExitsThatNothingHasCertified() throws IOException {
        calibrateOnTest("20");
        byte[] before = Files.readAllBytes(run.resolve("calibration.json"));
        calibrateOnTest("5");
        Files.write(run.resolve("calibration.json"), before);
        Files.delete(run.resolve("SHA256SUMS"));

        CommandRun verified = command("verify");

        assertThat(verified.exitCode()).isEqualTo(1);
        assertThat(verified.out())
                .contains(
                        "has other early exits than calibration.json certifies; certify them anew with mamba-pkd calibrate");
    }

    @Test
    void theValidationImagesCalibrateWithANote() throws IOException {
        CommandRun calibrated = calibrate("--from", "validation", "--max-accuracy-drop", "25");

        assertThat(calibrated.exitCode()).as(calibrated.err()).isZero();
        assertThat(record().certifyingImages()).isEqualTo(12);
        assertThat(record().testImages()).isEqualTo(TEST_IMAGES);
        assertThat(calibrated.out())
                .contains("note: the validation images calibrated, on which the run has also made its choices");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --from test --max-accuracy-drop 0.2                    | expected at least 2,494 calibration images, of which 1,497 certify a drop of at most 0.2 points with a confidence of 0.95, got 200; take more images, a larger drop, or a lower confidence
            --from validation                                      | expected at least 497 calibration images, of which 299 certify a drop of at most 1 points with a confidence of 0.95, got 20
            --max-accuracy-drop 5                                  | expected a run with calibration images, got one without
            --from test --max-accuracy-drop much                   | expected --max-accuracy-drop as points of accuracy from 0.0001 to 100, got 'much' in 'much'; write such as 0.2,0.5,1.0
            --from test --max-accuracy-drop 5,,6                   | got '' in '5,,6'
            --from test --max-accuracy-drop 5 --tf32               | expected products in single precision, as the runtime computes them, got --tf32; leave it out
            --from test --max-accuracy-drop 0                      | got '0'
            --from test --max-accuracy-drop 0.00000001             | got '0.00000001'
            --from test --max-accuracy-drop 100.5                  | got '100.5'
            --from test --max-accuracy-drop -1                     | got '-1'
            --from test --max-accuracy-drop NaN                    | got 'NaN'
            --from test --max-accuracy-drop 5 --confidence 1       | expected --confidence above 0 and below 1, got '1'
            --from test --max-accuracy-drop 5 --confidence 0       | expected --confidence above 0 and below 1, got '0'
            --from test --max-accuracy-drop 5 --confidence 95%     | expected --confidence above 0 and below 1, got '95%'
            --from training --max-accuracy-drop 5                  | expected calibration, validation or test, got 'training'
            """)
    void whatCannotBePromisedIsRefusedAndNothingWritten(String options, String sentence) throws IOException {
        byte[] model = Files.readAllBytes(run.resolve("model.json"));

        CommandRun refused = calibrate(options.split(" "));

        assertThat(refused.exitCode()).as(refused.out()).isEqualTo(2);
        assertThat(refused.err()).contains(sentence);
        assertThat(run.resolve("calibration.json")).doesNotExist();
        assertThat(run.resolve("model.json")).hasBinaryContent(model);
    }

    @Test
    void aRunWithoutStudentsIsRefused() throws IOException {
        for (String name : List.of("student-1-a", "student-2-b", "student-3-c")) {
            Files.delete(run.resolve("checkpoints/" + name + ".safetensors"));
        }

        CommandRun refused = calibrate("--from", "test", "--max-accuracy-drop", "5");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .contains("expected finished students in " + run.resolve("checkpoints") + ", got none");
    }

    @Test
    void aChainOfOneStudentCannotStopEarly() throws IOException {
        Files.delete(run.resolve("checkpoints/student-2-b.safetensors"));
        Files.delete(run.resolve("checkpoints/student-3-c.safetensors"));

        CommandRun refused = calibrate("--from", "test", "--max-accuracy-drop", "5");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .contains("expected at least two finished students, so that a chain can stop early, got 1");
    }
}
