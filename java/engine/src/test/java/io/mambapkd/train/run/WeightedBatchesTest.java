package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.data.Dataset;
import io.mambapkd.distill.BoostingWeights;
import io.mambapkd.distill.ClassWeights;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.feed.BatchInputs;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.TrainingData.Extra;
import io.mambapkd.train.settings.RunSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What batches bring of the weights of classes, and what the loss makes of it, on every backend, with the data on the device and brought batch by batch. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class WeightedBatchesTest {
    private static final int BATCH = 8;
    private static final int IMAGES = 40;
    /** Every eighth image, 5 of 40, is rare: 40 / (2 * 5), and 40 / (2 * 35) for the others. */
    private static final float RARE = 4;

    private static final float COMMON = 40f / 70;
    private static final Dataset DATASET = RareClass.dataset(IMAGES, 8);

    private final Backend backend;

    WeightedBatchesTest(BackendUnderTest under) {
        backend = under.open();
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private DataPlacement placement(boolean resident, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.addAll(List.of("teacher.images=0", "student.images=0", "teacher.batch=8", "student.batch=8"));
        RunSpec spec = SmallRun.spec(all.toArray(String[]::new));
        return new DataPlacement(resident ? backend : NoRoomForData.on(backend), spec, DATASET, new SmallRun());
    }

    /** A batch on the host. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Batch(int[] labels, float @Nullable [] weights, float[] images) {}

    /** The first batches, until each image came once. */
    private List<Batch> batches(BatchSource source) {
        List<Batch> batches = new ArrayList<>();
        try (Arena arena = backend.newArena("batch")) {
            Tensor step = arena.allocate("step", DType.I32, Shape.of(1));
            Tensor images = arena.allocate("images", BATCH, 8, 8, 1);
            Tensor labels = arena.allocate("labels", DType.I32, Shape.of(BATCH));
            Tensor weights = arena.allocate("weights", BATCH);
            Tensor teacher = arena.allocate("teacher", BATCH, 2);
            arena.seal();
            boolean weighted = source.has(Extra.WEIGHTS);
            source.bind(
                    new BatchInputs(
                            step,
                            images,
                            labels,
                            source.has(Extra.TEACHER) ? teacher : null,
                            null,
                            weighted ? weights : null),
                    0,
                    IMAGES / BATCH);
            for (int i = 0; i < IMAGES / BATCH; i++) {
                backend.upload(new int[] {i}, step);
                source.prepare(i);
                source.gather();
                batches.add(new Batch(
                        labels(labels), weighted ? backend.download(weights) : null, backend.download(images)));
            }
        }
        return batches;
    }

    /** Integers are not downloaded; but the cross entropy of logits that are all 0 has a negative gradient for the label alone. */
    private int[] labels(Tensor labels) {
        try (Arena arena = backend.newArena("labels")) {
            Tensor logits = arena.allocate("logits", BATCH, 2);
            Tensor dLogits = arena.allocate("dLogits", BATCH, 2);
            Tensor statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
            arena.seal();
            backend.zero(logits);
            backend.distillationLoss()
                    .lossAndGradient(
                            DistillationLossOps.Options.crossEntropy(0),
                            new DistillationLossOps.Inputs(logits, null, null, labels, null, BATCH),
                            dLogits,
                            null,
                            statistics);
            float[] gradient = backend.download(dLogits);
            return IntStream.range(0, BATCH)
                    .map(row -> gradient[2 * row] < 0 ? 0 : 1)
                    .toArray();
        }
    }

    private static void requireWeightsOfClasses(List<Batch> batches) {
        int rare = 0;
        for (Batch batch : batches) {
            for (int row = 0; row < BATCH; row++) {
                float expected = batch.labels[row] == 1 ? RARE : COMMON;
                assertThat(Objects.requireNonNull(batch.weights)[row]).isCloseTo(expected, within(1e-6f));
                rare += batch.labels[row];
            }
        }
        assertThat(rare).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void eachImageOfTheTeachersBatchesHasTheWeightOfItsClass(boolean resident) {
        try (BatchSource source = placement(resident, "classWeights=balanced").teacherBatches()) {
            requireWeightsOfClasses(batches(source));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withoutClassWeightsThereAreNoneAndTheBatchesAreTheSame(boolean resident) {
        try (BatchSource plain = placement(resident).teacherBatches();
                BatchSource weighted =
                        placement(resident, "classWeights=balanced").teacherBatches()) {
            assertThat(plain.has(Extra.WEIGHTS)).isFalse();
            List<Batch> expected = batches(plain);
            List<Batch> actual = batches(weighted);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i).labels).containsExactly(expected.get(i).labels);
                assertThat(actual.get(i).images).containsExactly(expected.get(i).images);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void studentsBatchesHaveTheProductWithTheWeightsOfBoosting(boolean resident) {
        BoostingWeights boosting = new BoostingWeights(IMAGES, 2);
        float[] wrong = new float[2 * IMAGES];
        wrong[2 * 8] = 3;
        float[] right = new float[2 * IMAGES];
        right[2 * 8 + 1] = 3;
        boosting.update(wrong, right);
        float[] classes = ClassWeights.BALANCED.of(DATASET.training().labels(), IMAGES);
        float[] product = Objects.requireNonNull(ClassWeights.product(classes, boosting));

        DataPlacement placement = placement(resident, "student.copies=2");
        inCopies(placement, cache -> {
            try (BatchSource none = cache.batches(EnumSet.of(Extra.TEACHER), null, BATCH, 1)) {
                assertThat(none.has(Extra.WEIGHTS)).isFalse();
            }
            try (BatchSource alone = cache.batches(EnumSet.of(Extra.TEACHER), classes, BATCH, 2)) {
                requireWeightsOfClasses(batches(alone));
            }
            try (BatchSource both = cache.batches(EnumSet.of(Extra.TEACHER), product, BATCH, 3)) {
                assertThat(sorted(batches(both))).containsExactly(sorted(product));
            }
            return true;
        });
    }

    private void inCopies(DataPlacement placement, Function<CopyCache, Boolean> work) {
        RunSpec spec = SmallRun.spec("teacher.batch=8");
        try (CnnTeacher teacher = TeacherStage.create(backend, spec, DATASET)) {
            teacher.parameters().initialise(1, 0);
            try (CopyCache cache = placement.copies(teacher)) {
                assertThat(work.apply(cache)).isTrue();
            }
        }
    }

    private static float[] sorted(List<Batch> batches) {
        float[] all = new float[IMAGES];
        for (int i = 0; i < batches.size(); i++) {
            System.arraycopy(Objects.requireNonNull(batches.get(i).weights), 0, all, i * BATCH, BATCH);
        }
        return sorted(all);
    }

    private static float[] sorted(float[] values) {
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    /** loss = 1/B sum of w_i (-log p_i), gradient = w_i (p_i - [k = label]) / B. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theLossAndItsGradientAreThoseOfTheDefinition(boolean resident) {
        Batch batch;
        try (BatchSource source = placement(resident, "classWeights=balanced").teacherBatches()) {
            batch = batches(source).get(0);
        }
        float[] weights = Objects.requireNonNull(batch.weights);
        float[] values = new float[2 * BATCH];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(1 + 3 * i);
        }
        double loss = 0;
        double[] gradient = new double[2 * BATCH];
        for (int row = 0; row < BATCH; row++) {
            double first = Math.exp(values[2 * row]);
            double second = Math.exp(values[2 * row + 1]);
            double[] p = {first / (first + second), second / (first + second)};
            loss -= weights[row] * Math.log(p[batch.labels[row]]) / BATCH;
            for (int k = 0; k < 2; k++) {
                gradient[2 * row + k] = weights[row] * (p[k] - (batch.labels[row] == k ? 1 : 0)) / BATCH;
            }
        }
        try (Arena arena = backend.newArena("loss")) {
            Tensor logits = arena.allocate("logits", BATCH, 2);
            Tensor dLogits = arena.allocate("dLogits", BATCH, 2);
            Tensor labels = arena.allocate("labels", DType.I32, Shape.of(BATCH));
            Tensor ofSamples = arena.allocate("weights", BATCH);
            Tensor statistics = arena.allocate("statistics", DistillationLossOps.STATISTICS);
            arena.seal();
            backend.upload(values, logits);
            backend.upload(batch.labels, labels);
            backend.upload(weights, ofSamples);
            backend.distillationLoss()
                    .lossAndGradient(
                            DistillationLossOps.Options.crossEntropy(0),
                            new DistillationLossOps.Inputs(logits, null, null, labels, ofSamples, BATCH),
                            dLogits,
                            null,
                            statistics);
            assertThat((double) backend.download(statistics)[0]).isCloseTo(loss, within(1e-5 * loss));
            float[] actual = backend.download(dLogits);
            for (int i = 0; i < gradient.length; i++) {
                assertThat((double) actual[i]).as("gradient %d", i).isCloseTo(gradient[i], within(1e-6));
            }
        }
    }
}
