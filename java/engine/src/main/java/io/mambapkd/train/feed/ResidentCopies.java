package io.mambapkd.train.feed;

import io.mambapkd.data.ImageSet;
import io.mambapkd.data.SampleOrder;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.model.Classifier;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.train.RunListener;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Copies and logits in the memory of a device, made there and read there: only the images themselves come from the host, once. */
final class ResidentCopies implements CopyCache {
    private static final int IMAGES_PER_PIECE = 4096;

    private final Backend backend;
    private final ImageShape shape;
    private final int copies;
    private final AugmentationSpec augmentation;
    private final long seed;
    private final Normalisation normalisation;
    private final RunListener listener;
    private final ResidentImages images;
    private final Arena arena;
    private final Tensor teacher;
    private final Tensor group;
    private final Tensor weights;

    /**
     * Makes the copies and runs the teacher on all of them.
     *
     * @param source the training images
     * @param samples how many of them, from the start
     * @param copies V, the clean one among them
     */
    ResidentCopies(
            Backend backend,
            ImageSet source,
            int samples,
            int copies,
            AugmentationSpec augmentation,
            long seed,
            Normalisation normalisation,
            Classifier model,
            RunListener listener) {
        this.backend = backend;
        this.shape = source.shape();
        this.copies = copies;
        this.augmentation = augmentation;
        this.seed = seed;
        this.normalisation = normalisation;
        this.listener = listener;
        images = new ResidentImages(backend, source, samples, stored(augmentation, copies));
        arena = backend.newArena("cached logits");
        teacher = arena.allocate("teacher", DType.F32, Shape.of(copies, samples, source.classes()));
        group = arena.allocate("group", DType.F32, Shape.of(copies, samples, source.classes()));
        weights = arena.allocate("weights", DType.F32, Shape.of(samples));
        try {
            arena.seal();
            CachingProgress progress = new CachingProgress(listener, copies, samples);
            try (ResidentPredictor predictor = predictor(model)) {
                for (int copy = 0; copy < copies; copy++) {
                    augment(copy, progress);
                    predictor.mix(copy, 0, 1, teacher);
                    progress.copyDone();
                }
            }
        } catch (RuntimeException | Error failure) {
            close();
            throw failure;
        }
    }

    /** Bytes on the device. */
    static long bytes(ImageSet source, int samples, int copies, AugmentationSpec augmentation) {
        long pixels = ResidentImages.bytes(source, samples, stored(augmentation, copies));
        long logits = (long) Float.BYTES * samples * (2L * copies * source.classes() + 1);
        return pixels > Long.MAX_VALUE - logits ? Long.MAX_VALUE : pixels + logits;
    }

    /** How many copies have pixels of their own. */
    private static int stored(AugmentationSpec augmentation, int copies) {
        return augmentation.maps() ? copies : 1;
    }

    private ResidentCopyImages gathering(int batch) {
        return new ResidentCopyImages(backend, images, shape, augmentation, seed, normalisation, batch);
    }

    private ResidentPredictor predictor(Classifier model) {
        int batch = model.logits().shape().extent(0);
        return new ResidentPredictor(backend, model, samples(), group, gathering(batch), listener);
    }

    /** Makes the pixels of an augmented copy, where it has its own, from the clean one, piece by piece. */
    private void augment(int copy, CachingProgress progress) {
        if (copy == 0 || !augmentation.maps()) {
            return;
        }
        int count = images.images();
        int piece = Math.min(count, IMAGES_PER_PIECE);
        ImagePipelineOps pipeline = backend.imagePipeline();
        try (Arena scratch = backend.newArena("augmentation of a copy")) {
            Tensor samples = scratch.allocate("samples", DType.I32, Shape.of(piece));
            Tensor stream = scratch.allocate("stream", DType.I32, Shape.of(1));
            Tensor maps = scratch.allocate("maps", piece, ImagePipelineOps.MAP);
            scratch.seal();
            backend.upload(new int[] {copy}, stream);
            int[] ids = new int[piece];
            for (int first = 0; first < count; first += piece) {
                progress.stopIfAsked();
                int rows = Math.min(piece, count - first);
                for (int row = 0; row < piece; row++) {
                    ids[row] = Math.min(first + row, count - 1);
                }
                backend.upload(ids, samples);
                pipeline.affineMaps(augmentation, shape, seed, Purpose.CACHED_COPY, stream, samples, maps);
                pipeline.augmentedPixels(
                        images.copy(0),
                        samples.slices(0, rows),
                        maps.slices(0, rows),
                        images.copy(copy).slices(first, rows));
            }
        }
    }

    ResidentImages images() {
        return images;
    }

    /** Logits (V, S, K). */
    Tensor teacher() {
        return teacher;
    }

    /** Logits (V, S, K). */
    Tensor group() {
        return group;
    }

    /** Sample weights (S). */
    Tensor weights() {
        return weights;
    }

    @Override
    public int samples() {
        return images.images();
    }

    @Override
    public void clearGroup() {
        backend.zero(group);
    }

    @Override
    public BatchSource batches(Set<TrainingData.Extra> extras, float @Nullable [] sampleWeights, int batch, int model) {
        Set<TrainingData.Extra> all = EnumSet.noneOf(TrainingData.Extra.class);
        all.addAll(extras);
        if (sampleWeights != null) {
            all.add(TrainingData.Extra.WEIGHTS);
            backend.upload(sampleWeights, weights);
        }
        ResidentOrder order =
                new ResidentOrder(backend, new SampleOrder(seed, samples(), batch), copies, model * EPOCHS_PER_MODEL);
        return new ResidentStudentBatches(this, order, all, gathering(batch));
    }

    @Override
    public void join(Classifier student, double keep, double weight) {
        try (ResidentPredictor predictor = predictor(student)) {
            for (int copy = 0; copy < copies; copy++) {
                predictor.mix(copy, (float) keep, (float) weight, group);
            }
        }
    }

    @Override
    public float[] cleanLogits(Classifier model) {
        try (Arena scratch = backend.newArena("logits on the clean copy");
                ResidentPredictor predictor = predictor(model)) {
            Tensor logits = scratch.allocate(
                    "logits",
                    DType.F32,
                    Shape.of(1, samples(), model.logits().shape().last()));
            scratch.seal();
            predictor.mix(0, 0, 1, logits);
            return backend.download(logits);
        }
    }

    @Override
    public float[] cleanTeacherLogits() {
        return backend.download(teacher.slices(0, 1));
    }

    @Override
    public void close() {
        arena.close();
        images.close();
    }
}
