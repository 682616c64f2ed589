package io.mambapkd.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.nn.BatchNorm2d;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.optim.ScheduleKind;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.HostBatch;
import io.mambapkd.train.feed.StreamedBatches;
import io.mambapkd.train.feed.TrainingData;
import io.mambapkd.train.run.SmallRun;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The statistics that batch norms are evaluated with, on every backend. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class BatchStatisticsTest {
    private static final CounterRandom RANDOM = new CounterRandom(11, Purpose.TEST_INPUT);

    private final Backend backend;

    BatchStatisticsTest(BackendUnderTest under) {
        backend = under.open();
    }

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void theyAreMeanAndUnbiasedVarianceOfAllBatchesTogether() {
        int rows = 2 * 3 * 3;
        int channels = 2;
        BatchNorm2d layer = new BatchNorm2d(new BatchNormOps.Options(1e-5f, 0.1f, Activation.IDENTITY));
        try (Parameters parameters = new Parameters(backend, "norm");
                Arena arena = backend.newArena("activations")) {
            LayerPlan plan = new LayerPlan(backend, parameters, arena, "");
            Tensor x = plan.tensor("x", 2, 3, 3, channels);
            Tensor y = plan.tensor("y", layer.allocate(plan, x.shape()));
            arena.seal();
            parameters.seal();
            parameters.initialise(0, 0);
            BatchStatistics statistics = new BatchStatistics(backend, List.of(layer));
            float[][] batches = new float[3][rows * channels];
            for (int batch = 0; batch < batches.length; batch++) {
                for (int i = 0; i < batches[batch].length; i++) {
                    // Batches whose means differ: their spread is a part of the variance.
                    batches[batch][i] = 3 * batch + RANDOM.uniform(batch, i, 0, -1, 1);
                }
                backend.upload(batches[batch], x);
                layer.forward(x, y, Mode.TRAINING);
                statistics.add();
            }
            statistics.set();

            float[] mean = backend.download(layer.runningMean());
            float[] variance = backend.download(layer.runningVariance());
            for (int c = 0; c < channels; c++) {
                double sum = 0;
                for (float[] batch : batches) {
                    for (int row = 0; row < rows; row++) {
                        sum += batch[row * channels + c];
                    }
                }
                int count = batches.length * rows;
                double squares = 0;
                for (float[] batch : batches) {
                    for (int row = 0; row < rows; row++) {
                        double distance = batch[row * channels + c] - sum / count;
                        squares += distance * distance;
                    }
                }
                assertThat((double) mean[c]).isCloseTo(sum / count, within(1e-5));
                assertThat((double) variance[c]).isCloseTo(squares / (count - 1), within(1e-4));
            }
        }
    }

    /** The same eight images in every step. */
    private record OneBatch() implements TrainingData {
        @Override
        public int stepsPerEpoch() {
            return 1;
        }

        @Override
        public boolean has(Extra extra) {
            return false;
        }

        @Override
        public void fill(long step, HostBatch batch) {
            for (int i = 0; i < batch.images.length; i++) {
                batch.images[i] = RANDOM.uniform(7, i, 0, -1, 1);
            }
            for (int i = 0; i < batch.labels.length; i++) {
                batch.labels[i] = i % 2;
            }
        }
    }

    @Test
    void aModelOfFewStepsAnswersItsOnlyBatchAsInTraining() {
        try (CnnTeacher model =
                        new CnnTeacher(backend, new CnnSpec(List.of(4, 4), 1, 0), new ImageShape(8, 8, 1), 2, 8, 7);
                BatchSource source = new StreamedBatches(backend, new OneBatch())) {
            model.parameters().initialise(7, 0);
            Trainer.Plan plan = new Trainer.Plan(
                    "teacher",
                    3,
                    0.01,
                    ScheduleKind.ONECYCLE,
                    0.3,
                    0.99,
                    0.01,
                    1,
                    DistillationLossOps.Options.crossEntropy(0));
            new Trainer(backend, new SmallRun(), TrainingSaves.NONE).train(model, plan, source, () -> 0);

            float[] evaluated = logits(model, Mode.INFERENCE);
            float[] trained = logits(model, Mode.TRAINING);
            for (int i = 0; i < trained.length; i++) {
                // The unbiased variance of 128 values is larger by a 127th than that of the batch.
                assertThat(evaluated[i]).isCloseTo(trained[i], within(0.02f));
            }
        }
    }

    private float[] logits(CnnTeacher model, Mode mode) {
        model.forward(mode);
        return backend.download(model.logits());
    }
}
