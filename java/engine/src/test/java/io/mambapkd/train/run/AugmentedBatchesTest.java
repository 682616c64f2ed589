package io.mambapkd.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.data.AugmentedCopies;
import io.mambapkd.data.Dataset;
import io.mambapkd.data.Gather;
import io.mambapkd.data.ImageSet;
import io.mambapkd.data.SampleOrder;
import io.mambapkd.data.SplitKind;
import io.mambapkd.image.Augmentation;
import io.mambapkd.image.PlacedReference;
import io.mambapkd.image.Placement;
import io.mambapkd.model.CnnTeacher;
import io.mambapkd.nn.Mode;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.feed.BatchInputs;
import io.mambapkd.train.feed.BatchSource;
import io.mambapkd.train.feed.CopyCache;
import io.mambapkd.train.feed.DataPlacement;
import io.mambapkd.train.feed.Predictor;
import io.mambapkd.train.feed.TrainingData.Extra;
import io.mambapkd.train.settings.RunSpec;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Crops, flips and cutouts of images of three channels, with the data on the device and brought batch by batch. */
@Tag("device")
@ParameterizedClass
@MethodSource("io.mambapkd.ops.Backends#all")
class AugmentedBatchesTest {
    private static final int BATCH = 8;
    private static final int IMAGES = 27;
    private static final int STEPS = 3 * (IMAGES / BATCH);
    private static final int COPIES = 3;
    private static final ImageShape SHAPE = new ImageShape(8, 8, 3);
    private static final Dataset DATASET = dataset();
    private static final String[] SETTINGS = {
        "augmentation={rotationDegrees: 0, scale: 0, shear: 0, shiftPixels: 0, crop: 2, flip: alternating, cutout: 3}",
        "teacher.images=0",
        "student.images=0",
        "teacher.batch=8",
        "student.batch=8",
        "student.copies=3"
    };

    private final Backend backend;
    private final RunSpec spec = SmallRun.spec(SETTINGS);

    AugmentedBatchesTest(BackendUnderTest under) {
        backend = under.open();
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static Dataset dataset() {
        CounterRandom random = new CounterRandom(5, Purpose.TEST_INPUT);
        byte[] pixels = new byte[IMAGES * SHAPE.elements()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) random.below(0, i, 0, 256);
        }
        byte[] labels = new byte[IMAGES];
        for (int i = 0; i < IMAGES; i++) {
            labels[i] = (byte) (i % 2);
        }
        ImageSet set = new ImageSet(SHAPE, 2, pixels, labels);
        return new Dataset(
                "noise",
                set,
                set,
                set,
                List.of(0.5f, 0.4f, 0.3f),
                List.of(0.2f, 0.3f, 0.25f),
                List.of("even", "odd"),
                SplitKind.LAST,
                List.of());
    }

    private DataPlacement placement(boolean resident) {
        return new DataPlacement(resident ? backend : NoRoomForData.on(backend), spec, DATASET, new SmallRun());
    }

    /** The images (STEPS, B, H, W, C), and the teacher's logits (STEPS, B, 2) where a batch has any. */
    private float[][] batches(BatchSource source) {
        float[] allImages = new float[STEPS * BATCH * SHAPE.elements()];
        float[] allLogits = new float[STEPS * BATCH * 2];
        try (Arena arena = backend.newArena("batch")) {
            Tensor step = arena.allocate("step", DType.I32, Shape.of(1));
            Tensor images = arena.allocate("images", BATCH, 8, 8, 3);
            Tensor labels = arena.allocate("labels", DType.I32, Shape.of(BATCH));
            Tensor teacher = arena.allocate("teacher", BATCH, 2);
            arena.seal();
            boolean taught = source.has(Extra.TEACHER);
            source.bind(new BatchInputs(step, images, labels, taught ? teacher : null, null, null), 0, STEPS);
            for (int i = 0; i < STEPS; i++) {
                backend.upload(new int[] {i}, step);
                source.prepare(i);
                source.gather();
                backend.download(images, allImages, i * BATCH * SHAPE.elements());
                backend.download(teacher, allLogits, i * BATCH * 2);
            }
        }
        return new float[][] {allImages, allLogits};
    }

    /** Images with crops and flips alone go no other way than bytes: the same bits on every device, and wherever the data are. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theTeachersBatchesAreThoseThatTheHostDraws(boolean resident) {
        Augmentation augmentation = new Augmentation(spec.augmentation().spec(), spec.seed(), Purpose.AUGMENTATION);
        SampleOrder order = new SampleOrder(spec.seed(), IMAGES, BATCH);
        float[] expected = new float[STEPS * BATCH * SHAPE.elements()];
        int[] samples = new int[BATCH];
        for (int step = 0; step < STEPS; step++) {
            order.samples(step, samples);
            float[] batch = new float[BATCH * SHAPE.elements()];
            new Gather(DATASET).images(DATASET.training(), augmentation, order.epoch(step), samples, 0, BATCH, batch);
            System.arraycopy(batch, 0, expected, step * batch.length, batch.length);
        }
        try (BatchSource source = placement(resident).teacherBatches()) {
            assertThat(batches(source)[0]).containsExactly(expected);
        }
    }

    /** The mean over images that are moved and mirrored by hand, with the weights of the paper. */
    @Test
    void viewsAreTheWeightedMeanOfTheLogitsOnEach() {
        int count = 9;
        ImageSet images = DATASET.training().range(0, count);
        try (CnnTeacher teacher = TeacherStage.create(backend, spec, DATASET)) {
            teacher.parameters().initialise(1, 0);
            double[] expected = new double[2 * count];
            for (int shift = -1; shift <= 1; shift++) {
                for (boolean mirrored : new boolean[] {false, true}) {
                    float[] logits = logitsOnMoved(teacher, images, new Placement(shift, shift, mirrored));
                    for (int i = 0; i < expected.length; i++) {
                        expected[i] += (shift == 0 ? 0.25 : 0.125) * logits[i];
                    }
                }
            }
            Predictor predictor = new Predictor(backend, DATASET, new SmallRun());
            float[] actual = predictor.logits(teacher, images, 6);
            for (int i = 0; i < expected.length; i++) {
                assertThat((double) actual[i]).as("logit %d", i).isCloseTo(expected[i], within(1e-5));
            }
            assertThat(predictor.logits(teacher, images, 1)).containsExactly(predictor.logits(teacher, images));
        }
    }

    private float[] logitsOnMoved(CnnTeacher teacher, ImageSet images, Placement placement) {
        float[] all = new float[2 * images.size()];
        for (int sample = 0; sample < images.size(); sample++) {
            int at = sample * SHAPE.elements();
            float[] image = PlacedReference.image(
                    Arrays.copyOfRange(images.pixels(), at, at + SHAPE.elements()),
                    SHAPE,
                    placement,
                    DATASET.mean(),
                    DATASET.standardDeviation());
            float[] batch = new float[BATCH * SHAPE.elements()];
            System.arraycopy(image, 0, batch, 0, image.length);
            backend.upload(batch, teacher.images());
            teacher.forward(Mode.INFERENCE);
            System.arraycopy(backend.download(teacher.logits()), 0, all, 2 * sample, 2);
        }
        return all;
    }

    /** And the logits of a copy are the teacher's on what the student sees of it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theStudentsBatchesAreCopiesWithTheirLogits(boolean resident) {
        AugmentedCopies copies = new AugmentedCopies(
                DATASET.training(), IMAGES, COPIES, spec.augmentation().spec(), spec.seed());
        SampleOrder order = new SampleOrder(spec.seed(), IMAGES, BATCH);
        int first = CopyCache.EPOCHS_PER_MODEL * order.stepsPerEpoch();
        int values = BATCH * SHAPE.elements();
        try (CnnTeacher teacher = TeacherStage.create(backend, spec, DATASET)) {
            teacher.parameters().initialise(1, 0);
            float[][] actual;
            try (CopyCache cache = placement(resident).copies(teacher);
                    BatchSource source = cache.batches(EnumSet.of(Extra.TEACHER), null, BATCH, 1)) {
                actual = batches(source);
            }
            int[] samples = new int[BATCH];
            int[] ids = new int[BATCH];
            float[] images = new float[values];
            for (int step = 0; step < STEPS; step++) {
                order.samples(first + step, samples);
                int epoch = order.epoch(first + step);
                Arrays.setAll(ids, row -> copies.copyFor(epoch, samples[row]));
                new Gather(DATASET).images(copies, ids, samples, 0, BATCH, images);
                assertThat(Arrays.copyOfRange(actual[0], step * values, (step + 1) * values))
                        .containsExactly(images);
                backend.upload(images, teacher.images());
                teacher.forward(Mode.INFERENCE);
                assertThat(Arrays.copyOfRange(actual[1], step * BATCH * 2, (step + 1) * BATCH * 2))
                        .containsExactly(backend.download(teacher.logits()));
            }
        }
    }
}
