package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.data.Dataset;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.report.HtmlReport;
import io.mambapkd.results.ClassNumbers;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.identity.DataFingerprint;
import io.mambapkd.train.identity.RunIdentity;
import io.mambapkd.train.identity.RunParts;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs on images of which one in twenty is of the rare class. */
@Tag("run")
class ClassWeightsRunTest {
    private static final String[] SETTINGS = {
        "augmentation={rotationDegrees: 0, scale: 0, shear: 0, shiftPixels: 0}",
        "teacher.images=0",
        "teacher.epochs=6",
        "teacher.dropout=0",
        "student.images=0",
        "student.copies=1",
        "student.epochs=6",
        "testImages=0"
    };

    @TempDir
    private Path folder;

    private RunSummary run(String name, String... more) {
        RunSpec spec = SmallRun.spec(
                Stream.concat(Stream.of(SETTINGS), Stream.of(more)).toArray(String[]::new));
        try (Backend backend = new CpuBackend(2)) {
            Dataset dataset = RareClass.dataset(640, 20);
            RunContext context = new RunContext(
                    backend,
                    "",
                    2,
                    spec,
                    dataset,
                    RunFolder.create(folder.resolve(name)),
                    RunParts.none(RunIdentity.of(spec, DataFingerprint.of(dataset))),
                    new SmallRun());
            return DistillRun.run(context, DistillRun.Extent.GROUP, HtmlReport::write);
        }
    }

    private static double rare(@Nullable ClassNumbers numbers) {
        return Objects.requireNonNull(Objects.requireNonNull(numbers).accuracyOf(1));
    }

    private static double balanced(@Nullable ClassNumbers numbers) {
        return Objects.requireNonNull(numbers).balancedAccuracy();
    }

    /** The best answer is the rare class for 1 % of its images without weights, above a brightness of 213; and with weights for 69 %, above 125. */
    @Test
    void balancedWeightsRaiseTheAccuracyOfARareClassForTeacherAndGroup() {
        RunSummary.PerClass none = run("none").perClass();
        RunSummary.PerClass weighted = run("weighted", "classWeights=balanced").perClass();

        assertThat(none.testImages()).containsExactly(200, 200);
        assertThat(rare(none.teacher())).isLessThan(0.25);
        assertThat(rare(none.group())).isLessThan(0.25);
        assertThat(rare(weighted.teacher())).isGreaterThan(0.45);
        assertThat(rare(weighted.group())).isGreaterThan(0.45);
        assertThat(balanced(weighted.teacher())).isGreaterThan(balanced(none.teacher()) + 0.05);
        assertThat(balanced(weighted.group())).isGreaterThan(balanced(none.group()) + 0.05);
    }

    @Test
    void weightsOfClassesAndOfBoostingGoTogether() {
        RunSummary.PerClass weighted =
                run("both", "classWeights=balanced", "student.scheme=bdistil").perClass();

        assertThat(rare(weighted.group())).isGreaterThan(0.45);
    }
}
