package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.checkpoint.Checkpoint;
import io.mambapkd.data.Dataset;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.results.RunSummary;
import io.mambapkd.storage.RunFolder;
import io.mambapkd.train.settings.RunSpec;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs whose teacher is no plain CNN, from the images to the checkpoint and the controls. */
@Tag("run")
class OtherTeachersRunTest {
    @TempDir
    private Path temporary;

    static RunSpec spec(String model, String... more) {
        String[] small = {
            "teacher.model=" + model,
            "teacher.channels=[]",
            "teacher.convsPerStage=0",
            "teacher.width=4",
            "augmentation.rotationDegrees=0",
            "augmentation.scale=0",
            "augmentation.shear=0"
        };
        String[] all = new String[small.length + more.length];
        System.arraycopy(small, 0, all, 0, small.length);
        System.arraycopy(more, 0, all, small.length, more.length);
        return SmallRun.spec(all);
    }

    /** 16 steps of 32 images an epoch: 2.5 epochs are 40 steps, of which the last epoch has 8. */
    @ParameterizedTest
    @CsvSource({"airbench, 60, 0.4", "resnet9, 0.2, 0.4"})
    void aTeacherLearnsInTwoEpochsAndAHalfAndIsReadBack(String model, double rate, double accuracy) {
        RunSpec spec = spec(model, "teacher.epochs=2.5", "teacher.learningRate=" + rate);
        SmallRun listener = new SmallRun();
        RunSummary summary = listener.run(spec, temporary.resolve("run"), 2, DistillRun.Extent.TEACHER_ONLY);

        assertThat(summary.teacher().validationAccuracy()).isGreaterThan(accuracy);
        assertThat(listener.epochs).extracting(EpochRecord::epoch).containsExactly(1, 2, 3);
        assertThat(listener.epochs).extracting(EpochRecord::epochs).containsOnly(3);
        assertThat(listener.epochs.get(2).loss())
                .isLessThan(listener.epochs.get(0).loss());
        try (Backend backend = new CpuBackend(1)) {
            RunContext context = listener.context(spec, RunFolder.open(temporary.resolve("run")), backend, 1);
            RunSummary again = Evaluation.evaluate(context);
            assertThat(again.teacher().validationAccuracy())
                    .isEqualTo(summary.teacher().validationAccuracy());
            assertThat(again.teacher().testAccuracy())
                    .isEqualTo(summary.teacher().testAccuracy());
        }
    }

    /** The kernels come from the data: with others the model would be another. Norms have no scale, before and after. */
    @Test
    void whatAirbenchDoesNotLearnIsInItsCheckpoint() {
        RunSpec spec = spec("airbench", "teacher.epochs=1", "teacher.images=128");
        new SmallRun().run(spec, temporary.resolve("run"), 2, DistillRun.Extent.TEACHER_ONLY);
        Dataset dataset = SmallRun.dataset(spec);
        try (Backend backend = new CpuBackend(1);
                CnnTeacher teacher = TeacherStage.create(backend, spec, dataset)) {
            Checkpoint.load(RunFolder.open(temporary.resolve("run")).teacher(), teacher.parameters(), backend);
            Map<String, Parameter> named =
                    teacher.parameters().all().stream().collect(Collectors.toMap(Parameter::name, Function.identity()));
            assertThat(backend.download(named.get("groups.1.norm2.weight").value()))
                    .containsOnly(1f);
            float[] kernels = backend.download(named.get("whiten.weight").value());
            assertThat(kernels).hasSize(8 * 4);
            for (int i = 0; i < 16; i++) {
                assertThat(kernels[16 + i]).isEqualTo(-kernels[i]);
            }
            // The direction in which patches of strokes vary most is the one of their mean.
            float level = kernels[0];
            for (int i = 0; i < 4; i++) {
                assertThat(kernels[i]).isCloseTo(level, within(0.2f * level));
            }
        }
    }

    /** Students learn from it, and the plain CNN among the controls is one all the same. */
    @Test
    void aGroupWithControlsIsDistilledFromAResidualNetwork() {
        RunSpec spec = spec(
                "resnet9",
                "teacher.epochs=1",
                "teacher.images=128",
                "student.epochs=1",
                "student.images=128",
                "testImages=100");
        RunSummary summary =
                new SmallRun().run(spec, temporary.resolve("run"), 2, DistillRun.Extent.GROUP_AND_CONTROLS);
        assertThat(summary.students()).hasSize(3);
        RunSummary.Control cnn = summary.controls().stream()
                .filter(control -> control.kind().equals("cnn"))
                .findFirst()
                .orElseThrow();
        assertThat(cnn.description()).startsWith("a plain CNN, channels [");
        double group = summary.students().get(2).cumulativeFlopsRatio();
        assertThat(cnn.flopsRatio()).isBetween(group / 2, group * 2);
    }
}
