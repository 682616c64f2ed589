package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.config.Amount;
import io.mambapkd.data.SplitKind;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the commands do with data of one's own, from the presets. */
final class OwnDataTest {
    private static final String DRAWN = "note: 32 of the 320 training images are drawn for validation, in proportion to"
            + " the classes; set it with --set validationImages=N or --validation 10%";

    private final FakeJobs jobs = new FakeJobs();

    @TempDir
    private Path folder;

    private CommandRun run(String... args) {
        return CommandRun.of(jobs, folder.resolve("runs"), args);
    }

    /** Random images of 28x28 pixels, labels in turn. */
    private String dataset(String name, int trainingImages, int classes) throws IOException {
        Path place = Files.createDirectory(folder.resolve(name));
        Random random = new Random(1);
        for (String part : List.of("train", "t10k")) {
            int count = part.equals("train") ? trainingImages : 20;
            byte[] pixels = new byte[784 * count];
            random.nextBytes(pixels);
            ByteBuffer images = ByteBuffer.allocate(16 + pixels.length);
            images.putInt(0x803).putInt(count).putInt(28).putInt(28).put(pixels);
            ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
            for (int i = 0; i < count; i++) {
                labels.put((byte) (i % classes));
            }
            Files.write(place.resolve(part + "-images-idx3-ubyte"), images.array());
            Files.write(place.resolve(part + "-labels-idx1-ubyte"), labels.array());
        }
        return "idx:" + place;
    }

    @ParameterizedTest
    @CsvSource({"320, 5, 32", "200, 3, 20", "1000, 10, 100"})
    void everyNumberOfImagesTrainsFromThePresetWithoutASetting(int images, int classes, int validation)
            throws IOException {
        CommandRun run = run("distill", "--device", "cpu", "--dataset", dataset("own", images, classes));

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err().lines().filter(line -> line.startsWith("note: ")))
                .first()
                .asString()
                .startsWith("note: " + validation + " of the " + images + " training images are drawn for validation");
        assertThat(jobs.asked().dataset().validation().size()).isEqualTo(validation);
        assertThat(jobs.asked().spec().validationImages()).isEqualTo(Amount.of(validation));
    }

    @Test
    void theSplitThatWasMadeIsWrittenAndNotDrawnAnew() throws IOException {
        Path out = folder.resolve("out");
        CommandRun run =
                run("distill", "--device", "cpu", "--dataset", dataset("own", 320, 5), "--out", out.toString());
        int[] labels = jobs.asked().dataset().validation().labels();
        byte[] pixels = jobs.asked().dataset().validation().pixels();

        RunSpec written = RunSpecYaml.complete(out.resolve("config.yaml"));
        FakeJobs.writeEmptyTeacher(out);
        CommandRun again = run("evaluate", out.toString(), "--device", "cpu");

        assertThat(run.err()).contains(DRAWN);
        assertThat(written.validationImages()).isEqualTo(Amount.of(32));
        assertThat(written.split()).isEqualTo(SplitKind.STRATIFIED);
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(again.err()).doesNotContain("for validation");
        assertThat(jobs.asked().dataset().validation().labels()).containsExactly(labels);
        assertThat(jobs.asked().dataset().validation().pixels()).containsExactly(pixels);
    }

    @Test
    void runsOfDifferentSeedsShareTheirValidationImages() throws IOException {
        String dataset = dataset("own", 320, 5);
        run("distill", "--device", "cpu", "--dataset", dataset, "--seed", "1");
        byte[] first = jobs.asked().dataset().validation().pixels();
        CommandRun run = run(
                "teacher",
                "--device",
                "cpu",
                "--dataset",
                dataset,
                "--seed",
                "2",
                "--out",
                folder.resolve("2").toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(jobs.asked().dataset().validation().pixels()).containsExactly(first);
    }

    @ParameterizedTest
    @CsvSource({"10%, 32", "64, 64", "12.5%, 40", "99%, "})
    void theOptionSetsTheNumber(String given, Integer validation) throws IOException {
        CommandRun run = run("distill", "--device", "cpu", "--dataset", dataset("own", 320, 5), "--validation", given);

        if (validation == null) {
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err())
                    .startsWith(
                            "mamba-pkd: expected validationImages from 1 to 315, got 99%, which is 317, for the 320")
                    .contains("; set it with --set validationImages=N");
        } else {
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.err()).doesNotContain("for validation");
            assertThat(jobs.asked().spec().validationImages()).isEqualTo(Amount.of(validation));
        }
    }

    @ParameterizedTest
    @CsvSource({"50, 50", "10%, 32", "99%,", "284,"})
    void theOptionForCalibrationImagesSetsTheirNumber(String given, Integer calibration) throws IOException {
        CommandRun run = run("distill", "--device", "cpu", "--dataset", dataset("own", 320, 5), "--calibration", given);

        if (calibration == null) {
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("mamba-pkd: expected calibrationImages from 1 to 283, or 0 for none, got " + given)
                    .contains(" for the 288 training images at ")
                    .endsWith(
                            " that are not for validation, of which one of each of the 5 classes must be left to train"
                                    + " on; set it with --set calibrationImages=N or --calibration N");
        } else {
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(jobs.asked().spec().calibrationImages()).isEqualTo(Amount.of(calibration));
            assertThat(jobs.asked().dataset().calibrationImages()).isEqualTo(calibration);
            assertThat(jobs.asked().dataset().training().size()).isEqualTo(320 - 32 - calibration);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ten  | calibrationImages must be a whole number or a percentage such as 10%, got 'ten'
            100% | calibrationImages must be at least 0, or a percentage above 0 and below 100, got 100%
            -3   | calibrationImages must be at least 0, or a percentage above 0 and below 100, got -3
            """)
    void aNumberOfCalibrationImagesThatIsNoneIsNamed(String given, String sentence) {
        CommandRun run = run("flops", "--calibration=" + given);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).containsExactly("mamba-pkd: --calibration " + given + ": " + sentence);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ten  | validationImages must be a whole number or a percentage such as 10%, got 'ten'
            0.1  | validationImages must be a whole number or a percentage such as 10%, got '0.1'; write a share as a percentage
            120% | validationImages must be at least 0, or a percentage above 0 and below 100, got 120%
            -3   | validationImages must be at least 0, or a percentage above 0 and below 100, got -3
            """)
    void aWrongNumberIsToldWithTheOptionThatGaveIt(String given, String sentence) {
        CommandRun run = run("flops", "--validation=" + given);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).containsExactly("mamba-pkd: --validation " + given + ": " + sentence);
    }

    @Test
    void moreValidationImagesThanThereAreIsToldWithTheOptions() throws IOException {
        CommandRun run = run("flops", "--dataset", dataset("own", 320, 5), "--set", "validationImages=10000");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .startsWith(
                        "mamba-pkd: expected validationImages from 1 to 315, got 10000, for the 320 training images at")
                .endsWith("; set it with --set validationImages=N or --validation N");
    }

    @Test
    void theLastImagesAreTakenWhereThatIsSet() throws IOException {
        CommandRun run = run("distill", "--device", "cpu", "--dataset", dataset("own", 320, 5), "--set", "split=last");

        assertThat(run.err()).contains("note: the last 32 of the 320 training images are used for validation; set it");
        assertThat(jobs.asked().dataset().validation().label(0)).isEqualTo((320 - 32) % 5);
        assertThat(jobs.asked().spec().split()).isEqualTo(SplitKind.LAST);
    }

    @Test
    void mnistValidatesOnItsLastTenThousandWithoutANote() {
        CommandRun run = run("distill", "--device", "cpu");

        assertThat(run.exitCode()).as(run.err()).isZero();
        // What the job itself says.
        assertThat(run.err().lines().filter(line -> line.startsWith("note: "))).containsExactly("note: working");
        assertThat(jobs.asked().spec().validationImages()).isEqualTo(Amount.of(10_000));
        assertThat(jobs.asked().spec().split()).isEqualTo(SplitKind.LAST);
    }

    /** A file in the order of its classes, of which the settings take the first images. */
    @Test
    void classesThatASettingLeavesOutAreTold() throws IOException {
        String dataset = dataset("sorted", 300, 3);
        ByteBuffer labels = ByteBuffer.allocate(8 + 300).putInt(0x801).putInt(300);
        for (int i = 0; i < 300; i++) {
            labels.put((byte) (i / 100));
        }
        Files.write(folder.resolve("sorted/train-labels-idx1-ubyte"), labels.array());

        CommandRun run = run(
                "flops",
                "--dataset",
                dataset,
                "--set",
                "student.images=160",
                "--set",
                "teacher.images=200",
                "--set",
                "testImages=2");

        // A tenth of each class is drawn for validation; so the first 160 are those of the first two classes.
        assertThat(run.err())
                .contains("note: class 2 does not occur in the first 160 of the 270 training images, which are all that"
                        + " student.images lets in; take all with --set student.images=0")
                .contains("note: class 2 does not occur in the first 2 of the 20 test images")
                .doesNotContain("teacher.images");
    }

    @Test
    void emnistIsToldToBeTransposedUntilItIsTurned() throws IOException {
        String dataset = dataset("emnist-letters", 320, 5);

        CommandRun stored = run("flops", "--dataset", dataset);
        CommandRun turned = run("flops", "--dataset", dataset, "--transpose");

        assertThat(stored.err()).contains("note: the images of EMNIST are stored transposed", "--transpose");
        assertThat(turned.exitCode()).as(turned.err()).isZero();
        assertThat(turned.err()).doesNotContain("EMNIST");
    }
}
