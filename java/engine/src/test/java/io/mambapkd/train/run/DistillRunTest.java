package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.InputException;
import io.mambapkd.data.ImageSet;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.results.CalibrationJson;
import io.mambapkd.results.CalibrationRecord;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.GroupComparison;
import io.mambapkd.results.MetricsLine;
import io.mambapkd.results.ReportData;
import io.mambapkd.results.RunSummary;
import io.mambapkd.results.SummaryJson;
import io.mambapkd.runtime.Answer;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.Budget;
import io.mambapkd.runtime.exit.Certificate;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.RunStopped;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.RunSpecYaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("run")
class DistillRunTest {
    @TempDir
    private Path temporary;

    @Test
    void aRunLearnsAndLeavesAWholeFolderBehind() throws IOException {
        SmallRun listener = new SmallRun();
        RunSpec spec = SmallRun.spec(
                "teacher.epochs=12",
                "teacher.images=1024",
                "teacher.channels=[8, 16]",
                "teacher.dropout=0",
                "student.epochs=6");
        Path path = temporary.resolve("run");
        RunSummary summary = listener.run(spec, path, 2, DistillRun.Extent.GROUP);

        // Ten classes: guessing gives 0.1.
        assertThat(summary.teacher().testAccuracy()).isGreaterThan(0.4);
        assertThat(summary.students()).hasSize(3);
        assertThat(summary.students().get(2).cumulativeTestAccuracy()).isGreaterThan(0.4);
        assertThat(summary.students().get(0).flops()).isEqualTo(13_086);
        assertThat(summary.timing().studentSeconds()).hasSize(3);

        RunFolder folder = RunFolder.open(path);
        assertThat(SummaryJson.read(Files.readAllBytes(folder.summary()), "summary.json"))
                .isEqualTo(summary);
        assertThat(RunSpecYaml.complete(folder.config())).isEqualTo(spec);
        assertThat(Files.readString(folder.report())).contains("<svg").contains("rows4-d4");
        List<EpochRecord> written = Files.readAllLines(folder.metrics()).stream()
                .map(line -> MetricsLine.read(line, "metrics.jsonl"))
                .toList();
        assertThat(written).isEqualTo(listener.epochs).hasSize(12 + 3 * 6);
        assertThat(listener.stages)
                .containsExactly("teacher", "caching", "rows4-d4", "cols4-d8", "rows2-d8", "evaluation");
        assertThat(listener.epochs.get(5).loss())
                .isLessThan(listener.epochs.get(0).loss());
    }

    @Test
    void theRunFolderIsAModelWithTheAccuraciesOfTheRun() throws IOException {
        RunSpec spec = SmallRun.spec();
        Path path = temporary.resolve("run");
        RunSummary summary = new SmallRun().run(spec, path, 2, DistillRun.Extent.GROUP);

        AnytimeClassifier classifier = AnytimeClassifier.load(path);

        assertThat(classifier.teacherFlops()).isEqualTo(summary.teacher().flops());
        assertThat(classifier.classNames()).isEqualTo(summary.classNames());
        try (Backend backend = new CpuBackend(1)) {
            ImageSet test = new SmallRun()
                    .context(spec, RunFolder.open(path), backend, 1)
                    .testImages();
            for (int k = 1; k <= classifier.students(); k++) {
                Budget budget = Budget.ALL.withStudents(k);
                assertThat(accuracy(classifier, budget, test))
                        .isCloseTo(summary.students().get(k - 1).cumulativeTestAccuracy(), within(0.0051));
            }
            double exit = summary.earlyExit().stream()
                    .filter(row -> row.threshold() == summary.chosenThreshold())
                    .findFirst()
                    .orElseThrow()
                    .testAccuracy();
            assertThat(accuracy(classifier, Budget.threshold(), test)).isCloseTo(exit, within(0.0051));
        }
    }

    @Test
    void aRunWithCalibrationImagesEndsWithCertifiedExits() throws IOException {
        RunSpec spec = SmallRun.spec("calibrationImages=1000");
        Path path = temporary.resolve("run");
        SmallRun listener = new SmallRun();
        listener.run(spec, path, 2, DistillRun.Extent.GROUP);

        AnytimeClassifier classifier = AnytimeClassifier.load(path);

        // 0.2 points need ln(0.05) / ln(0.998) = 1,497 certifying images; here are 600 of 1,000.
        assertThat(classifier.certificates())
                .extracting(Certificate::maximumAccuracyDrop)
                .containsExactly(0.5, 1.0);
        assertThat(classifier.certificates()).allSatisfy(certificate -> {
            assertThat(certificate.images()).isEqualTo(600);
            assertThat(certificate.confidence()).isEqualTo(0.95);
        });
        assertThat(listener.stages).contains("calibration");
        assertThat(Files.readString(RunFolder.open(path).report())).contains("confidence of 0.95");
        CalibrationRecord record =
                CalibrationJson.read(Files.readAllBytes(RunFolder.open(path).calibration()), "calibration.json");
        CalibrationRecord.Rule rule = record.drops().get(2).regret().orElseThrow();
        try (Backend backend = new CpuBackend(1)) {
            ImageSet test = new SmallRun()
                    .context(spec, RunFolder.open(path), backend, 1)
                    .testImages();
            assertThat(accuracy(classifier, Budget.accuracyDrop(1), test))
                    .isCloseTo(rule.testAccuracy(), within(0.0051));
        }
    }

    @Test
    void aModelOfTransposedImagesTakesThemAsTheyAreInTheirFiles() throws IOException {
        RunSpec spec = SmallRun.spec("orientation=transposed", "student.epochs=1");
        Path path = temporary.resolve("run");
        RunSummary summary = new SmallRun().run(spec, path, 2, DistillRun.Extent.GROUP);
        AnytimeClassifier classifier = AnytimeClassifier.load(path);
        // MNIST as its files have it, which this run has turned.
        ImageSet files = SmallRun.dataset(SmallRun.spec()).test().range(0, 200);

        assertThat(classifier.isTransposed()).isTrue();
        assertThat(accuracy(classifier, Budget.ALL, files))
                .isCloseTo(summary.students().get(2).cumulativeTestAccuracy(), within(0.0051));
    }

    /** One of the 200 images may be between two classes. */
    private static double accuracy(AnytimeClassifier classifier, Budget budget, ImageSet images) {
        int right = 0;
        for (int sample = 0; sample < images.size(); sample++) {
            Answer answer = classifier.classify(RunOutput.pixels(images, sample), budget);
            right += answer.label() == images.label(sample) ? 1 : 0;
        }
        return (double) right / images.size();
    }

    @Test
    void evaluatingAFinishedRunGivesItsAccuracies() throws IOException {
        RunSpec spec = SmallRun.spec();
        Path path = temporary.resolve("run");
        RunSummary summary = new SmallRun().run(spec, path, 2, DistillRun.Extent.GROUP);
        try (Backend backend = new CpuBackend(1)) {
            RunSummary again = Evaluation.evaluate(new SmallRun().context(spec, RunFolder.open(path), backend, 1));
            assertThat(again.students()).isEqualTo(summary.students());
            assertThat(again.earlyExit()).isEqualTo(summary.earlyExit());
            assertThat(again.teacher()).isEqualTo(summary.teacher());
            assertThat(again.confusion()).isEqualTo(summary.confusion());
            assertThat(again.teacherConfusion()).isEqualTo(summary.teacherConfusion());
            assertThat(again.perClass()).isEqualTo(summary.perClass());
            requireThatNumbersAgree(summary);
        }
    }

    /** What is counted class by class and what is counted at once come to the same. */
    private static void requireThatNumbersAgree(RunSummary summary) {
        assertThat(summary.classNames()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(summary.perClass().testImages().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .isEqualTo(200);
        RunSummary.EarlyExitRow exit = summary.earlyExit().stream()
                .filter(row -> row.threshold() == summary.chosenThreshold())
                .findFirst()
                .orElseThrow();
        assertThat(rightShare(summary.confusion()))
                .isEqualTo(summary.students().get(2).cumulativeTestAccuracy());
        assertThat(rightShare(summary.earlyExitConfusion())).isEqualTo(exit.testAccuracy());
        assertThat(rightShare(summary.teacherConfusion()))
                .isEqualTo(summary.teacher().testAccuracy());
    }

    private static double rightShare(List<List<Integer>> confusion) {
        int right = 0;
        for (int k = 0; k < confusion.size(); k++) {
            right += confusion.get(k).get(k);
        }
        return right / 200.0;
    }

    @Test
    void aCheckpointOfAnotherArchitectureIsRefusedWithTheDifference() {
        Path path = temporary.resolve("run");
        new SmallRun().run(SmallRun.spec(), path, 2, DistillRun.Extent.TEACHER_ONLY);
        RunSpec other = SmallRun.spec("teacher.channels=[4, 9]");
        try (Backend backend = new CpuBackend(1)) {
            assertThatThrownBy(
                            () -> Evaluation.evaluate(new SmallRun().context(other, RunFolder.open(path), backend, 1)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("teacher.safetensors")
                    .hasMessageContaining("teacher.channels[1] is 9 instead of 8");
        }
    }

    @Test
    void aTeacherRunHasNoStudentsAndCanBeEvaluated() {
        RunSpec spec = SmallRun.spec();
        Path path = temporary.resolve("run");
        RunSummary summary = new SmallRun().run(spec, path, 2, DistillRun.Extent.TEACHER_ONLY);
        assertThat(summary.students()).isEmpty();
        assertThat(RunFolder.open(path).report()).isRegularFile();
        try (Backend backend = new CpuBackend(1)) {
            RunSummary again = Evaluation.evaluate(new SmallRun().context(spec, RunFolder.open(path), backend, 1));
            assertThat(again.teacher()).isEqualTo(summary.teacher());
            assertThat(again.students()).isEmpty();
        }
    }

    @Test
    void controlsStandBesideTheGroup() throws IOException {
        RunSpec spec = SmallRun.spec("student.epochs=1", "teacher.epochs=1");
        Path path = temporary.resolve("run");
        RunSummary summary = new SmallRun().run(spec, path, 2, DistillRun.Extent.GROUP_AND_CONTROLS);
        assertThat(summary.controls().stream().map(RunSummary.Control::kind))
                .containsExactly("single-student", "group-conv", "group-none", "cnn");
        double group = summary.students().get(2).cumulativeFlopsRatio();
        assertThat(summary.controls().get(0).flopsRatio()).isCloseTo(group, within(0.25 * group));
        assertThat(summary.controls().get(1).flopsRatio()).isLessThan(group);
        assertThat(summary.controls())
                .allSatisfy(control -> assertThat(control.testAccuracy()).isBetween(0.0, 1.0));
        requireThatComparisonsAgree(summary);
        requireThatAReportMadeAnewHasTheSame(spec, RunFolder.open(path), summary);
    }

    /** Counted image by image, and from the accuracies and FLOPs. */
    private static void requireThatComparisonsAgree(RunSummary summary) {
        RunSummary.Student group = summary.students().get(2);
        assertThat(summary.controls()).allSatisfy(control -> {
            GroupComparison comparison = control.comparison().orElseThrow();
            assertThat(comparison.testImages()).isEqualTo(200);
            assertThat(comparison.difference())
                    .isCloseTo(group.cumulativeTestAccuracy() - control.testAccuracy(), within(1e-12));
            assertThat(comparison.onlyGroup()).isBetween(0, 200);
            assertThat(comparison.onlyControl()).isBetween(0, 200);
            assertThat(comparison.flopsSaved())
                    .isCloseTo(1 - control.flopsRatio() / group.cumulativeFlopsRatio(), within(1e-9));
        });
    }

    private static void requireThatAReportMadeAnewHasTheSame(RunSpec spec, RunFolder folder, RunSummary summary)
            throws IOException {
        try (Backend backend = new CpuBackend(1)) {
            RunContext context = new SmallRun().context(spec, folder, backend, 1);
            ReportData report = Evaluation.report(context);
            assertThat(report.summary().controls()).isEqualTo(summary.controls());
            assertThat(report.examples().confused()).isNotEmpty().allSatisfy(example -> {
                assertThat(example.answers()).hasSize(3);
                assertThat(example.groupAnswer()).isNotEqualTo(example.label());
            });
            assertThat(Files.readString(folder.report()))
                    .contains("The scan ", "At about the group", "Worst confusions");

            Files.delete(folder.summary());
            ReportData without = Evaluation.report(context);
            assertThat(without.summary().controls()).isEmpty();
            assertThat(without.examples().confused())
                    .hasSameSizeAs(report.examples().confused());
        }
    }

    @ParameterizedTest
    @EnumSource(io.mambapkd.distill.Scheme.class)
    void everySchemeTrains(io.mambapkd.distill.Scheme scheme) {
        RunSpec spec =
                SmallRun.spec("student.scheme=" + scheme.name().toLowerCase(java.util.Locale.ROOT), "teacher.epochs=1");
        SmallRun listener = new SmallRun();
        RunSummary summary = listener.run(spec, temporary.resolve("run"), 2, DistillRun.Extent.GROUP);
        assertThat(summary.students().stream().map(RunSummary.Student::weight))
                .containsExactlyElementsOf(scheme.memberWeights(3, 0.5));
        assertThat(listener.epochs).allSatisfy(epoch -> assertThat(epoch.loss()).isFinite());
    }

    @Test
    void stoppingEndsTheRunWithoutASummary() {
        Path path = temporary.resolve("run");
        SmallRun listener = new SmallRun().stoppingAfter(40);
        assertThatThrownBy(() -> listener.run(SmallRun.spec(), path, 2, DistillRun.Extent.GROUP))
                .isInstanceOf(RunStopped.class)
                .hasMessageContaining("stopped while");
        assertThat(RunFolder.open(path).teacher()).isRegularFile();
        assertThat(RunFolder.open(path).summary()).doesNotExist();
    }

    @Test
    void aRunThatDivergesNamesTheStepAndTheTensorAndKeepsItsLastGoodCheckpoint() throws Exception {
        RunSpec spec = SmallRun.spec(
                "teacher.epochs=1",
                "student.weightDecay=10",
                "student.epochs=5",
                "students[0].learningRate=10",
                "students[1].learningRate=10",
                "students[2].learningRate=10");
        Path run = temporary.resolve("run");
        assertThatThrownBy(() -> new SmallRun().run(spec, run, 2, DistillRun.Extent.GROUP))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("diverged: at step ")
                .hasMessageContaining("the first that is not finite is ");
        assertThat(RunFolder.open(run).finished()).containsExactly(run.resolve("checkpoints/teacher.safetensors"));
    }

    @Test
    void aBatchLargerThanTheTrainingSetIsRefused() {
        assertThatThrownBy(() -> new SmallRun()
                        .run(SmallRun.spec("teacher.images=16"), temporary.resolve("run"), 1, DistillRun.Extent.GROUP))
                .isInstanceOf(InputException.class)
                .hasMessage("teacher.batch is 32 but only 16 training images are used; use --set teacher.batch=8");
    }
}
