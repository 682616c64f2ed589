package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.distill.Scheme;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.Predictor;
import io.mambapkd.train.feed.TrainingData.Extra;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.StepResults;
import io.mambapkd.train.step.TrainStep;
import io.mambapkd.train.step.Trainer;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which logits a student gets that reads those of its group, on every backend, with the data on the device and brought batch by batch. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class ReadGroupTest {
    /** Two whole batches, and a half. */
    private static final int IMAGES = 40;

    private static final int BATCH = 16;
    private static final Dataset DATASET = RareClass.dataset(IMAGES, 8);
    private static final RunSpec SPEC = SmallRun.spec(
            "teacher.batch=16", "teacher.images=0", "student.batch=16", "student.images=0", "student.copies=2");

    private final Backend backend;

    ReadGroupTest(BackendUnderTest under) {
        backend = under.open();
    }

    @AfterEach
    void close() {
        backend.close();
    }

    /** A student with another matrix than the one that it begins with, which is zero. */
    private MambaStudent student(int model, StudentSpec.Reuse reuse) {
        StudentSpec spec = new StudentSpec(
                        "s" + model,
                        Cut.ROWS,
                        2,
                        4,
                        1,
                        3,
                        4,
                        2,
                        StudentSpec.ReadOut.FLAT,
                        MixerSpec.Kind.SCAN,
                        MixerSpec.Direction.FORWARD)
                .with(reuse);
        MambaStudent student =
                new MambaStudent(backend, spec, DATASET.training().shape(), 2, BATCH);
        student.parameters().initialise(3, model);
        for (Parameter parameter : student.parameters().all()) {
            if (parameter.name().equals("reuse.weight")) {
                backend.upload(new float[] {0.5f, -1, 2, 0.25f}, parameter.value());
            }
        }
        return student;
    }

    private static float[] mean(float[] x, float[] y) {
        float[] mean = new float[x.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (x[i] + y[i]) / 2;
        }
        return mean;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStudentJoinsWithWhatItMakesOfTheGroupBeforeIt(boolean resident) {
        Predictor predictor = new Predictor(backend, DATASET, new SmallRun());
        ImageSet images = DATASET.training();
        Backend placed = resident ? backend : NoRoomForData.on(backend);
        try (CnnTeacher teacher = TeacherStage.create(backend, SPEC, DATASET);
                MambaStudent first = student(1, StudentSpec.Reuse.NONE);
                MambaStudent second = student(2, StudentSpec.Reuse.LOGITS);
                MambaStudent third = student(3, StudentSpec.Reuse.LOGITS)) {
            teacher.parameters().initialise(1, 0);
            try (CopyCache cache = new DataPlacement(placed, SPEC, DATASET, new SmallRun()).copies(teacher)) {
                cache.clearGroup();
                cache.join(first, 0, 1);
                float[] group = predictor.logits(first, images);
                assertThat(cache.cleanLogits(second))
                        .containsExactly(predictor.logits(second, images, group), within(1e-5f));

                cache.join(second, 0.5, 0.5);
                float[] larger = mean(group, predictor.logits(second, images, group));
                float[] expected = predictor.logits(third, images, larger);
                assertThat(cache.cleanLogits(third)).containsExactly(expected, within(1e-5f));
                assertThat(predictor.logits(third, images, group))
                        .as("with other logits of a group")
                        .isNotEqualTo(expected);
            }
        }
    }

    @Test
    void aStudentThatReadsItsGroupIsNotAskedWithoutOne() {
        Predictor predictor = new Predictor(backend, DATASET, new SmallRun());
        try (MambaStudent student = student(2, StudentSpec.Reuse.LOGITS)) {
            assertThatThrownBy(() -> predictor.logits(student, DATASET.test()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("s2 reads the logits of a group, and there is no group");
        }
    }

    @Test
    void stepsOfAStudentThatReadsItsGroupHaveItsLogits() {
        GroupTrainer.StudentTraining training =
                GroupTrainer.trainings(SPEC, MixerSpec.Kind.SCAN, 1).get(1);
        GroupTrainer.StudentTraining reading =
                new GroupTrainer.StudentTraining(training.spec().with(StudentSpec.Reuse.LOGITS), 0.01, 1, BATCH, 2);
        assertThat(GroupTrainer.extras(Scheme.PLAIN, 1, training)).containsExactly(Extra.TEACHER);
        assertThat(GroupTrainer.extras(Scheme.PLAIN, 1, reading)).containsExactly(Extra.TEACHER, Extra.ENSEMBLE);
        try (MambaStudent first = student(1, StudentSpec.Reuse.NONE);
                CnnTeacher teacher = TeacherStage.create(backend, SPEC, DATASET);
                MambaStudent student = student(2, StudentSpec.Reuse.LOGITS)) {
            Trainer.Plan plan = GroupTrainer.plan(SPEC, "", Scheme.BLEND, training, 1);
            teacher.parameters().initialise(1, 0);
            try (CopyCache cache = new DataPlacement(backend, SPEC, DATASET, new SmallRun()).copies(teacher);
                    BatchSource without = cache.batches(EnumSet.of(Extra.TEACHER), null, BATCH, 2);
                    BatchSource with = cache.batches(GroupTrainer.extras(Scheme.BLEND, 1, reading), null, BATCH, 2)) {
                assertThatThrownBy(() -> new TrainStep(backend, student, without, plan, 0, 2, step -> 1e-3))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("s2 reads the logits of a group, and the batches have none");

                cache.clearGroup();
                cache.join(first, 0, 1);
                Tensor read = student.groupLogits().orElseThrow();
                backend.zero(read);
                try (TrainStep step = new TrainStep(backend, student, with, plan, 0, 2, k -> 1e-3)) {
                    step.launch(1);
                    step.read(new StepResults(step.stepsPerLaunch()));
                }
                assertThat(backend.download(read)).doesNotContain(0f);
            }
        }
    }
}
