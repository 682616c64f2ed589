package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.data.Dataset;
import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.emulator.SteadyState;
import io.mambapkd.model.Classifier;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.optim.ScheduleKind;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.TrainingData;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.step.EpochProgress;
import io.mambapkd.train.step.StepResults;
import io.mambapkd.train.step.TrainStep;
import io.mambapkd.train.step.Trainer;
import java.util.EnumSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Training steps that are warm, on the emulated driver, with the data on the device: what they ask the driver for. */
@Tag("run")
class SteadyTrainingTest {
    private static final int WARM_UPS = 12;
    private static final int LAUNCHES = 12;
    private static final RunSpec SPEC = SmallRun.spec(
            "student.batch=16", "teacher.batch=16", "teacher.images=160", "student.images=160", "student.reuse=logits");
    private static final Dataset DATASET = SmallRun.dataset(SPEC);

    @BeforeEach
    void needsTheEmulatedDriver() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
    }

    private static void requireSteady(
            Backend backend, Classifier model, BatchSource batches, DistillationLossOps.Options loss) {
        int steps = 8 * (WARM_UPS + LAUNCHES + 1);
        Trainer.Plan plan = new Trainer.Plan("steady", 1, 1e-3, ScheduleKind.ONECYCLE, 0.1, 0.99, 0.01, 1, loss);
        try (TrainStep step = new TrainStep(backend, model, batches, plan, 0, steps, k -> 1e-3)) {
            assertThat(step.stepsPerLaunch()).isEqualTo(8);
            StepResults results = new StepResults(8);
            EpochProgress progress = new EpochProgress(new SmallRun(), "steady", steps, 16);
            step.launch(8);
            SteadyState cost = SteadyState.of(WARM_UPS, LAUNCHES, () -> {
                step.launch(8);
                step.read(results);
                for (int i = 0; i < results.count(); i++) {
                    progress.add(results, i);
                }
            });
            assertThat(cost.allocations()).as("allocations").isZero();
            assertThat(cost.waits()).as("waits for all work").isZero();
            // For the copy of the journal behind the launch before the last, while the last one runs.
            assertThat(cost.eventWaits()).as("waits for events").isEqualTo(LAUNCHES);
            assertThat(cost.garbagePerStep() / 8).as("garbage per step").isLessThan(1024);
            assertThat(results.loss(0)).isBetween(0.01f, 10f);
        }
    }

    @Test
    void teachersStepAllocatesNothingAndWaitsForNothing() {
        try (Backend backend = EmulatedDriver.openPacked(Steps.GRAPH);
                CnnTeacher teacher = TeacherStage.create(backend, SPEC, DATASET);
                BatchSource batches = new DataPlacement(backend, SPEC, DATASET, new SmallRun()).teacherBatches()) {
            teacher.parameters().initialise(1, 0);
            requireSteady(backend, teacher, batches, DistillationLossOps.Options.crossEntropy(0.1));
        }
    }

    @Test
    void studentsStepAllocatesNothingAndWaitsForNothing() {
        try (Backend backend = EmulatedDriver.openPacked(Steps.GRAPH);
                CnnTeacher teacher = TeacherStage.create(backend, SPEC, DATASET)) {
            teacher.parameters().initialise(1, 0);
            try (CopyCache copies = new DataPlacement(backend, SPEC, DATASET, new SmallRun()).copies(teacher);
                    MambaStudent student = new MambaStudent(
                            backend, SPEC.models().get(1), DATASET.training().shape(), 10, 16);
                    BatchSource batches = copies.batches(
                            EnumSet.of(TrainingData.Extra.TEACHER, TrainingData.Extra.ENSEMBLE), null, 16, 1)) {
                student.parameters().initialise(1, 1);
                requireSteady(backend, student, batches, new DistillationLossOps.Options(0.5, 2, 0, 0.5, 0.5));
            }
        }
    }
}
