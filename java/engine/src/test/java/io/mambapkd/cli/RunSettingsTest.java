package io.mambapkd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.distill.ClassWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings and datasets that a run is refused for, or plans with. */
final class RunSettingsTest extends SmallDataCommands {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            distill --threads 0             | --threads must be from 1 to 256, got 0
            distill --seed one              | --seed one: seed must be a whole number, got 'one'
            distill --class-weights equal   | --class-weights equal: classWeights must be one of none, balanced, got 'equal'
            distill --preset demo           | unknown preset 'demo'; choose one of mnist-demo, mnist-full, cifar10-demo, cifar10-full, cifar10-gpu, cifar10-teacher, folder-demo
            flops --set student.aplha=1     | --set student.aplha=1: unknown key 'aplha' in student; known keys: scheme, blend, alpha, temperature, readOut, mixer, direction, reuse, precision, epochs, images, copies, batch, schedule, warmup, weightDecay, clip; did you mean alpha?
            distill --dataset minst         | unknown dataset 'minst'; choose one of mnist, fashion-mnist, fashion-mnist:DIR, cifar10, cifar10:DIR, cifar100, cifar100:DIR, cifar100-coarse, idx:DIR, folder:DIR
            distill --dataset 5             | unknown dataset '5'; choose one of mnist, fashion-mnist, fashion-mnist:DIR, cifar10, cifar10:DIR, cifar100, cifar100:DIR, cifar100-coarse, idx:DIR, folder:DIR
            distill --config no.yaml        | cannot read the settings file no.yaml: there is no such file or folder; name a YAML file that can be read
            """)
    void badInputIsOneSentence(String args, String sentence) {
        CommandRun run = run(args.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).containsExactly("mamba-pkd: " + sentence);
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void mistakeInASettingsFileIsToldWithItsLine() throws IOException {
        Path file = Files.writeString(folder.resolve("mine.yaml"), "seed: 1\nstudents: 7\n");

        CommandRun run = run("teacher", "--config", file.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines("mamba-pkd: " + file + " line 2: students must be a list, got '7'");
    }

    @Test
    void classWeightsAreASettingAndAnOption() {
        CommandRun run = distillSmall(jobs, "--class-weights", "balanced");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(jobs.asked().spec().classWeights()).isEqualTo(ClassWeights.BALANCED);
        assertThat(folder.resolve("runs/tiny-20260102-030405/config.yaml"))
                .content()
                .contains("classWeights: balanced");
    }

    @Test
    void studentThatDoesNotFitTheImagesIsRefusedBeforeAnythingIsMade() {
        CommandRun run = distillSmall(jobs, "--set", "students[0].tokenSize=5");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains("student s: tokens of 5 rows are larger than what they cut, 4x4x1; use --set"
                        + " 'students[0].tokenSize=4'");
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "student.batch=512",
                "student.images=1",
                "teacher.images=1",
                "teacher.batch=5",
                "teacher.channels=[1,1,1,1]",
                "students[0].tokenSize=5",
                "augmentation.shiftPixels=4",
                "students[0].name=evaluation"
            })
    void flopsRefusesWhatDistillRefusesAndNothingIsMade(String setting) {
        CommandRun distill = distillSmall(jobs, "--set", setting);
        CommandRun flops = run(onSmallDataset("flops", "--set", setting));

        assertThat(distill.exitCode()).isEqualTo(2);
        assertThat(distill.err()).contains("mamba-pkd: ", "; use --set ").isEqualTo(flops.err());
        assertThat(flops.exitCode()).isEqualTo(2);
        assertThat(flops.out()).isEmpty();
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void fewStepsAreNoted() {
        CommandRun run = distillSmall(jobs);

        assertThat(run.exitCode()).isZero();
        assertThat(run.err())
                .contains(
                        "note: 4 training images in batches of 2 give the teacher 4 steps in 2 epochs, which is few; more"
                                + " with --set teacher.epochs=150 (300 steps)");
    }

    @Test
    void aDryRunPrintsThePlanAndMakesNothing() {
        CommandRun run = distillSmall(jobs, "--dry-run", "--controls", "--device", "cpu");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .contains(
                        "plan: nothing is trained, and nothing is made",
                        "data: tiny, 4 training, 2 validation and 2 test images of 4x4x1, 2 classes")
                // 4 images in batches of 2 for 3 epochs; 2 tokens of 2 rows, embedded in 4 values.
                .anyMatch(line -> line.matches("s 2 tokens of 8 -> 2x4 [0-9,]+ [0-9,]+ 4 3 6 .*"))
                .anyMatch(line -> line.matches("teacher 4x4x16, 2x2x32, 1x1x64 72,146 [0-9,]+ 4 2 4 .*"))
                .anyMatch(line -> line.startsWith("files: ") && line.endsWith(" 6 checkpoints in checkpoints"))
                .anyMatch(
                        line -> line.matches("time: about .+: teacher [0-9]+ %, .*controls [0-9]+ %; an estimate, .*"));
        assertThat(jobs.context).isNull();
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void aDryRunCountsTheCalibrationImages() {
        CommandRun run = distillSmall(jobs, "--dry-run", "--device", "cpu", "--calibration", "1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("data: tiny, 3 training, 1 calibration, 2 validation and 2 test images of 4x4x1, 2 classes");
    }

    @Test
    void aDryRunOfTheTeacherHasNoStudents() {
        CommandRun run = run(onSmallDataset("teacher", "--dry-run", "--device", "cpu"));

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("1 checkpoint in checkpoints").doesNotContain("caching", "tokens");
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void aDryRunRefusesAFolderInUseAsTheRunWould() throws IOException {
        Path used = Files.createDirectory(folder.resolve("used"));
        Files.writeString(used.resolve("config.yaml"), "mine");

        CommandRun run = distillSmall(jobs, "--dry-run", "--out", used.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("expected a new or empty run folder");
    }

    @Test
    void runFolderInUseIsLeftAlone() throws IOException {
        Path used = Files.createDirectory(folder.resolve("used"));
        Files.writeString(used.resolve("config.yaml"), "mine");

        CommandRun run = distillSmall(jobs, "--out", used.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("expected a new or empty run folder");
        assertThat(used.resolve("config.yaml")).hasContent("mine");
        assertThat(jobs.context).isNull();
    }
}
