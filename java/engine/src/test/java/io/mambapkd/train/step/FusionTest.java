package io.mambapkd.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.model.MambaStudent;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.ops.cuda.options.CudaOptions.Fusion;
import io.mambapkd.ops.cuda.options.CudaOptions.Steps;
import io.mambapkd.optim.ScheduleKind;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.HostBatch;
import io.mambapkd.train.feed.StreamedBatches;
import io.mambapkd.train.feed.TrainingData;
import io.mambapkd.train.run.SmallRun;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A training whose kernels are several operations each is that of one kernel for each operation, but for rounding. */
class FusionTest {
    private static final int BATCH = 6;
    private static final int STEPS = 50;
    private static final ImageShape SHAPE = new ImageShape(12, 8, 1);

    @BeforeEach
    void needsTheEmulatedDriver() {
        assumeTrue(EmulatedDriver.isBuilt(), EmulatedDriver.HOW_TO_BUILD);
    }

    /** One batch again and again, an epoch each time, so that each step has its own loss in the records. */
    private static final class Batches implements TrainingData {
        @Override
        public int stepsPerEpoch() {
            return 1;
        }

        @Override
        public boolean has(Extra extra) {
            return extra != Extra.ENSEMBLE;
        }

        @Override
        public void fill(long step, HostBatch batch) {
            CounterRandom random = new CounterRandom(3, Purpose.TEST_INPUT);
            normal(random, batch.images, 0);
            normal(random, batch.teacher, 1);
            for (int i = 0; i < BATCH; i++) {
                batch.labels[i] = i;
                batch.weights[i] = 1 + i % 2;
            }
        }

        private static void normal(CounterRandom random, float[] values, int stream) {
            for (int i = 0; i < values.length; i++) {
                values[i] = random.normal(0, i, stream);
            }
        }
    }

    private static List<Double> losses(Fusion fusion, Precision precision, Steps steps) {
        StudentSpec spec = new StudentSpec(
                        "student",
                        Cut.ROWS,
                        2,
                        16,
                        2,
                        8,
                        4,
                        2,
                        StudentSpec.ReadOut.FLAT,
                        MixerSpec.Kind.SCAN,
                        MixerSpec.Direction.FORWARD)
                .with(precision);
        SmallRun listener = new SmallRun();
        try (Backend backend = EmulatedDriver.openPacked(steps, fusion);
                MambaStudent model = new MambaStudent(backend, spec, SHAPE, 10, BATCH);
                BatchSource batches = new StreamedBatches(backend, new Batches())) {
            model.parameters().initialise(7, 0);
            new Trainer(backend, listener, TrainingSaves.NONE)
                    .train(
                            model,
                            new Trainer.Plan(
                                    "test",
                                    STEPS,
                                    0.01,
                                    ScheduleKind.ONECYCLE,
                                    0.2,
                                    0.99,
                                    0.01,
                                    1,
                                    new DistillationLossOps.Options(0.5, 2, 0.1, 0, 1)),
                            batches,
                            () -> 0.5);
        }
        return listener.epochs.stream().map(epoch -> epoch.loss()).toList();
    }

    private static void agree(List<Double> fused, List<Double> separate, double relative) {
        assertThat(fused).hasSize(STEPS);
        for (int step = 0; step < STEPS; step++) {
            double expected = separate.get(step);
            assertThat(fused.get(step)).as("loss of step %d", step).isCloseTo(expected, within(relative * expected));
        }
        assertThat(fused.get(STEPS - 1)).as("the training learns").isLessThan(fused.get(0));
    }

    @Test
    void lossesOfFiftyStepsAreThoseOfSeparateKernels() {
        List<Double> fused = losses(Fusion.FUSED, Precision.F32, Steps.GRAPH);
        agree(fused, losses(Fusion.SEPARATE, Precision.F32, Steps.GRAPH), 1e-5);
    }

    /** Separate kernels round to BF16 between them what the fused ones keep in F32. */
    @Test
    void lossesInBfloat16AreThoseOfSeparateKernelsUpToTheRoundingsBetweenThem() {
        List<Double> fused = losses(Fusion.FUSED, Precision.BF16, Steps.GRAPH);
        agree(fused, losses(Fusion.SEPARATE, Precision.BF16, Steps.GRAPH), 2e-2);
    }

    @Test
    void aGraphOfFusedKernelsGivesTheSameBitsAsTheirLaunches() {
        assertThat(losses(Fusion.FUSED, Precision.F32, Steps.GRAPH))
                .isEqualTo(losses(Fusion.FUSED, Precision.F32, Steps.EAGER));
    }
}
