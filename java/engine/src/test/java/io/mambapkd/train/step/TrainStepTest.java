package io.mambapkd.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.ScheduleKind;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.results.EpochRecord;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.HostBatch;
import io.mambapkd.train.feed.StreamedBatches;
import io.mambapkd.train.feed.TrainingData;
import io.mambapkd.train.run.SmallRun;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps that go wrong, on every backend. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class TrainStepTest {
    private static final int BATCH = 4;
    private static final int STEPS = 5;
    private static final ImageShape SHAPE = new ImageShape(8, 8, 1);

    /** What is not finite in step 3. */
    enum Poison {
        IMAGES("the images"),
        TEACHER("the teacher's logits"),
        WEIGHTS("the loss");

        private final String name;

        Poison(String name) {
            this.name = name;
        }
    }

    private final Backend backend;
    private final CnnTeacher model;

    TrainStepTest(BackendUnderTest under) {
        backend = under.open();
        model = new CnnTeacher(backend, new CnnSpec(List.of(4, 8), 1, 0.2), SHAPE, 10, BATCH, 7);
        model.parameters().initialise(7, 0);
    }

    @AfterEach
    void close() {
        model.close();
        backend.close();
    }

    /** Random batches, of which that of one step is poisoned. */
    private record Batches(Poison poison, int poisoned) implements TrainingData {
        @Override
        public int stepsPerEpoch() {
            return STEPS;
        }

        @Override
        public boolean has(Extra extra) {
            return extra != Extra.ENSEMBLE;
        }

        @Override
        public void fill(long step, HostBatch batch) {
            CounterRandom random = new CounterRandom(3, Purpose.TEST_INPUT);
            for (int i = 0; i < batch.images.length; i++) {
                batch.images[i] = random.normal((int) step, i, 0);
            }
            for (int i = 0; i < batch.teacher.length; i++) {
                batch.teacher[i] = random.normal((int) step, i, 1);
            }
            for (int i = 0; i < BATCH; i++) {
                batch.labels[i] = i;
                batch.weights[i] = 1;
            }
            if (step == poisoned) {
                switch (poison) {
                    case IMAGES -> batch.images[17] = Float.NaN;
                    case TEACHER -> batch.teacher[3] = Float.NaN;
                    case WEIGHTS -> batch.weights[1] = Float.POSITIVE_INFINITY;
                }
            }
        }
    }

    private final List<EpochRecord> records = new ArrayList<>();

    private void train(Poison poison, int poisoned) {
        train(poison, poisoned, 1);
    }

    private void train(Poison poison, int poisoned, int epochs) {
        SmallRun listener = new SmallRun();
        try (BatchSource batches = new StreamedBatches(backend, new Batches(poison, poisoned))) {
            new Trainer(backend, listener, TrainingSaves.NONE)
                    .train(
                            model,
                            new Trainer.Plan(
                                    "test",
                                    epochs,
                                    0.01,
                                    ScheduleKind.ONECYCLE,
                                    0.2,
                                    0.99,
                                    0.01,
                                    1,
                                    new DistillationLossOps.Options(0.5, 2, 0, 0, 1)),
                            batches,
                            () -> 0.5);
        } finally {
            records.addAll(listener.epochs);
        }
    }

    private float[] values() {
        Parameters parameters = model.parameters();
        return backend.download(parameters.flatValues(0, parameters.flatElements()));
    }

    @ParameterizedTest
    @EnumSource(Poison.class)
    void aLossThatIsNotFiniteIsReportedWithStepAndTensorAndUpdatesNothing(Poison poison) {
        assertThatThrownBy(() -> train(poison, 0))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("training of " + model.name() + " diverged: at step 0 the loss is ")
                .hasMessageContaining(
                        "the first that is not finite is " + poison.name + "; use a smaller learning rate");
        float[] after = values();
        model.parameters().initialise(7, 0);
        // Steps 1 and later were sound, and did not update either.
        assertThat(after).containsExactly(values());
        assertThat(records).isEmpty();
    }

    @Test
    void updatesHappenUntilTheStepThatIsNotFinite() {
        assertThatThrownBy(() -> train(Poison.WEIGHTS, 3)).hasMessageContaining("at step 3 the loss is ");
        float[] stopped = values();
        assertThat(stopped).doesNotContain(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        model.parameters().initialise(7, 0);
        assertThat(stopped).isNotEqualTo(values());
    }

    @Test
    void moreStepsThanCanBePlannedAreRefused() {
        assertThatThrownBy(() -> train(Poison.IMAGES, -1, 4_000_001))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "training of test can have at most 20000000 steps, got 20000005 (4000001 epochs of 5 batches of"
                                + " 4); use fewer epochs or a larger batch");
    }

    @Test
    void soundStepsAreAllReported() {
        train(Poison.IMAGES, -1);
        assertThat(records).hasSize(1);
        assertThat(records.get(0).loss()).isBetween(0.1, 10.0);
    }
}
