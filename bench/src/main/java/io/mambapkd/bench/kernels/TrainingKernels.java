package io.mambapkd.bench.kernels;

import io.mambapkd.bench.kernels.KernelShape.Kind;
import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.OptimizerOps;
import io.mambapkd.ops.PatchOps;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** The loss, the updates, and what makes a batch of a data set that lies on the device. */
final class TrainingKernels {
    private static final int SIDE = 28;
    private static final int PIXELS = SIDE * SIDE;
    /** Maps differ in the last place of 28 pixels: as errors of a sum of this many terms. */
    private static final int MAP_TERMS = PIXELS;
    /** Images of the data set that batches are drawn from. */
    private static final int IMAGES = 60_000;

    private static final int SEED = 7;
    private static final Normalisation NORMALISATION = Normalisation.of(0.13f, 0.31f);

    private TrainingKernels() {}

    static List<KernelOperation> all() {
        return List.of(
                new KernelOperation("distillation_loss", Kind.BATCH, TrainingKernels::loss),
                new KernelOperation("softmax", Kind.BATCH, TrainingKernels::softmax),
                new KernelOperation("dropout", Kind.BATCH, TrainingKernels::dropout),
                new KernelOperation("draw_batch", Kind.BATCH, TrainingKernels::draw),
                new KernelOperation("gather_images", Kind.BATCH, TrainingKernels::gather),
                new KernelOperation("augment_images", Kind.BATCH, TrainingKernels::augment),
                new KernelOperation("tokens", Kind.BATCH, TrainingKernels::tokens),
                new KernelOperation("padded_tokens", Kind.BATCH, TrainingKernels::paddedTokens),
                new KernelOperation("padded_tokens_gradient", Kind.BATCH, TrainingKernels::paddedTokensGradient),
                new KernelOperation("adamw", Kind.PARAMETERS, TrainingKernels::adamW),
                new KernelOperation("sgd", Kind.PARAMETERS, TrainingKernels::sgd),
                new KernelOperation("lookahead", Kind.PARAMETERS, TrainingKernels::lookahead),
                new KernelOperation("gradient_norm", Kind.PARAMETERS, TrainingKernels::norm));
    }

    /** As students are trained: teacher, group before the student, both terms. */
    private static Runnable loss(KernelTensors t, Backend backend) {
        int classes = t.extent('K');
        long logits = (long) t.extent('B') * classes;
        DistillationLossOps.Options options = new DistillationLossOps.Options(0.3, 4, 0.1, 0.6, 0.5);
        DistillationLossOps.Inputs in = new DistillationLossOps.Inputs(
                t.floats(-4, 4, classes),
                t.floats(-4, 4, classes),
                t.floats(-4, 4, classes),
                t.integers(classes),
                null,
                t.extent('B'));
        Tensor dStudent = t.written(classes, classes);
        Tensor statistics = t.writtenWhole(logits, DistillationLossOps.STATISTICS);
        // Softmax of the logits, of the logits over T, and of the teacher's over T.
        t.exps(3 * logits);
        t.flops(20 * logits);
        return () -> backend.distillationLoss().lossAndGradient(options, in, dStudent, null, statistics);
    }

    private static Runnable softmax(KernelTensors t, Backend backend) {
        Tensor x = t.floats(-4, 4, t.extent('K'));
        Tensor y = t.written(t.extent('K'), t.extent('K'));
        t.exps((long) t.extent('B') * t.extent('K'));
        t.flops(3L * t.extent('B') * t.extent('K'));
        return () -> backend.activation().softmax(x, y);
    }

    /** Of as many values as a batch of images has. */
    private static Runnable dropout(KernelTensors t, Backend backend) {
        Tensor step = t.integer(3);
        Tensor x = t.floats(-1, 1, PIXELS);
        // What is dropped depends on the place in the batch.
        Tensor y = t.together(t.written(1, PIXELS));
        t.flops((long) t.extent('B') * PIXELS);
        return () -> backend.dropout().apply(0.2f, SEED, 0, step, x, y);
    }

    /** For a student with a teacher and a group before it, of two copies. */
    private static Runnable draw(KernelTensors t, Backend backend) {
        int classes = t.extent('K');
        long rows = t.extent('B');
        ImagePipelineOps.Tables tables = new ImagePipelineOps.Tables(
                t.dataset(IMAGES / 2),
                t.table(-4, 4, 2, IMAGES / 2, classes),
                t.table(-4, 4, 2, IMAGES / 2, classes),
                null);
        Tensor step = t.integer(3);
        // What is drawn depends on the place in the batch.
        ImagePipelineOps.Batch batch = new ImagePipelineOps.Batch(
                t.writtenIntegers(),
                t.writtenIntegers(),
                t.integer(0),
                t.writtenIntegers(),
                t.together(t.written(1, classes)),
                t.together(t.written(1, classes)),
                null);
        t.moves(rows + 2 * Float.BYTES * rows * classes);
        ImagePipelineOps.Draw draw = new ImagePipelineOps.Draw(2, SEED, 1);
        return () -> backend.imagePipeline().drawBatch(draw, step, tables, batch);
    }

    private static Runnable gather(KernelTensors t, Backend backend) {
        Tensor source = t.dataset(1, IMAGES, SIDE, SIDE, 1);
        Tensor samples = t.integers(IMAGES);
        Tensor images = t.written(1, SIDE, SIDE, 1);
        t.moves((long) t.extent('B') * PIXELS);
        t.flops((long) t.extent('B') * PIXELS * 2);
        return () -> backend.imagePipeline().images(NORMALISATION, source, null, samples, images);
    }

    private static Runnable augment(KernelTensors t, Backend backend) {
        ImagePipelineOps ops = backend.imagePipeline();
        Tensor source = t.dataset(IMAGES, SIDE, SIDE, 1);
        Tensor samples = t.integers(IMAGES);
        Tensor epoch = t.integer(3);
        Tensor maps = t.scratch(ImagePipelineOps.MAP);
        Tensor images = t.written(MAP_TERMS, SIDE, SIDE, 1);
        t.moves((long) t.extent('B') * PIXELS);
        t.flops((long) t.extent('B') * PIXELS * 16);
        AugmentationSpec spec = new AugmentationSpec(15, 0.1, 0.1, 2);
        ImageShape shape = new ImageShape(SIDE, SIDE, 1);
        return () -> {
            ops.affineMaps(spec, shape, SEED, Purpose.AUGMENTATION, epoch, samples, maps);
            ops.augmentedImages(NORMALISATION, source, samples, maps, images);
        };
    }

    /** Four rows of pixels to a token. */
    private static Runnable tokens(KernelTensors t, Backend backend) {
        Tensor images = t.floats(-1, 1, SIDE, SIDE, 1);
        Tensor tokens = t.written(1, SIDE / 4, 4 * SIDE);
        return () -> backend.patch().tokens(PatchOps.Cut.ROWS, 4, images, tokens);
    }

    /** Patches of 5 by 5 pixels, which do not divide the image: 6 by 6 of them. */
    private static Runnable paddedTokens(KernelTensors t, Backend backend) {
        Tensor images = t.floats(-1, 1, SIDE, SIDE, 1);
        Tensor tokens = t.written(1, 36, 25);
        return () -> backend.patch().tokens(PatchOps.Cut.PATCHES, 5, images, tokens);
    }

    private static Runnable paddedTokensGradient(KernelTensors t, Backend backend) {
        Tensor dTokens = t.floats(-1, 1, 36, 25);
        // What lies outside of the image is not read.
        t.moves((long) Float.BYTES * t.extent('B') * (PIXELS - 36 * 25));
        Tensor dImages = t.written(1, SIDE, SIDE, 1);
        return () -> backend.patch().tokensGradient(PatchOps.Cut.PATCHES, 5, dTokens, dImages);
    }

    private static Runnable adamW(KernelTensors t, Backend backend) {
        int count = t.extent('P');
        OptimizerOps.AdamW options = new OptimizerOps.AdamW(0.9, 0.99, 1e-8, 0.05);
        // Half of them decay, as in a step that clips.
        Tensor schedule = t.values(1e-3f, 0.1f, 0.01f).reshape(1, OptimizerOps.SCHEDULE);
        OptimizerOps.Step step = new OptimizerOps.Step(schedule, t.integer(1), t.values(0.5f), t.integer(-1));
        Tensor p = t.updatedWeights(1, -1, 1, count);
        Tensor g = t.weights(-1e-2, 1e-2, count);
        Tensor m = t.updatedWeights(1, -1e-2, 1e-2, count);
        Tensor v = t.updatedWeights(1, 1e-6, 1e-4, count);
        t.flops(15L * count);
        return () -> backend.optimizer().adamW(options, step, count / 2, p, g, m, v);
    }

    private static Runnable sgd(KernelTensors t, Backend backend) {
        int count = t.extent('P');
        Tensor schedule = t.values(1e-3f, 1e-3f, 0, 0).reshape(1, OptimizerOps.GROUPS);
        OptimizerOps.Step step = new OptimizerOps.Step(schedule, t.integer(1), t.values(0.5f), t.integer(-1));
        OptimizerOps.Sgd options = new OptimizerOps.Sgd(
                0.9, List.of(new OptimizerOps.Group(count / 2, 0.05), new OptimizerOps.Group(count, 0)));
        Tensor p = t.updatedWeights(1, -1, 1, count);
        Tensor g = t.weights(-1e-2, 1e-2, count);
        Tensor buffer = t.updatedWeights(1, -1e-2, 1e-2, count);
        t.flops(7L * count);
        return () -> backend.optimizer().sgd(options, step, p, g, buffer);
    }

    /** A step that averages, which is every fifth. */
    private static Runnable lookahead(KernelTensors t, Backend backend) {
        int count = t.extent('P');
        OptimizerOps.Averaging step = new OptimizerOps.Averaging(t.values(0.5f), t.integer(1), t.integer(-1));
        Tensor p = t.updatedWeights(1, -1, 1, count);
        Tensor average = t.updatedWeights(1, -1, 1, count);
        t.flops(3L * count);
        return () -> backend.optimizer().lookahead(step, p, average);
    }

    /** With the factor of clipping. */
    private static Runnable norm(KernelTensors t, Backend backend) {
        int count = t.extent('P');
        Tensor g = t.weights(-1, 1, count);
        Tensor norm = t.writtenWhole(count, 1);
        Tensor factor = t.writtenWhole(count, 1);
        t.flops(2L * count);
        return () -> backend.optimizer().gradientNorm(1, g, norm, factor, null);
    }
}
