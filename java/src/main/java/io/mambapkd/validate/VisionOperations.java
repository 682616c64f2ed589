package io.mambapkd.validate;

import io.mambapkd.image.AugmentationSpec;
import io.mambapkd.image.Normalisation;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.ImagePipelineOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.ImageShape;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** Matrix products, and the operations on images. */
final class VisionOperations {
    private static final float EPSILON = 1e-5f;
    private static final float MOMENTUM = 0.1f;

    private VisionOperations() {}

    static List<Operation> all() {
        return List.of(
                Operation.inBothTypes("gemm", VisionOperations::gemm),
                Operation.inBothTypes("conv2d", VisionOperations::conv2d),
                Operation.inBothTypes("batch_norm", VisionOperations::batchNorm),
                Operation.inBothTypes("pool", VisionOperations::pool),
                new Operation("image_pipeline", VisionOperations::imagePipeline));
    }

    private static void gemm(Trial t) {
        int rows = t.extent("ROWS", 1, 3, 16, 33, 200);
        int depth = t.extent("DEPTH", 1, 5, 32, 64, 1000);
        int columns = t.extent("COLUMNS", 1, 4, 10, 34, 128);
        Transpose transposeA = t.choose(Transpose.values());
        Transpose transposeB = t.choose(Transpose.values());
        Write write = t.choose(Write.values());
        Tensor a = transposeA == Transpose.NO
                ? t.activationColumns(-1, 1, rows, depth)
                : t.activationColumns(-1, 1, depth, rows);
        Tensor b = transposeB == Transpose.NO
                ? t.activationColumns(-1, 1, depth, columns)
                : t.activationColumns(-1, 1, columns, depth);
        Tensor c = write == Write.ADD ? t.uniformColumns(-1, 1, rows, columns) : t.unwrittenColumns(rows, columns);
        t.backend().gemm().multiply(a, transposeA, b, transposeB, write, c);
        t.result("c", c, depth);
        if (t.activationType() == DType.BF16) {
            Tensor rounded = t.unwrittenActivationColumns(rows, columns);
            t.backend().gemm().multiply(a, transposeA, b, transposeB, Write.OVERWRITE, rounded);
            t.activation("rounded c", rounded, depth);
        }
    }

    private static void conv2d(Trial t) {
        int batch = t.extent("B", 1, 2, 5);
        int side = t.extent("H", 3, 7, 8, 14);
        int inputs = t.extent("C", 1, 3, 8, 16);
        int outputs = t.extent("D", 1, 4, 8, 16);
        int kernel = t.choose(1, 2, 3);
        Conv2dOps.Options options = new Conv2dOps.Options(kernel, t.choose(1, 2), kernel / 2);
        int out = options.output(side);
        boolean biased = t.activationType() == DType.F32;
        Tensor x = t.activations(-1, 1, batch, side, side, inputs);
        Tensor weight = t.activations(-1, 1, outputs, inputs, kernel, kernel);
        Tensor y = t.unwrittenActivations(batch, out, out, outputs);
        t.backend().conv2d().forward(options, x, weight, biased ? t.uniform(-1, 1, outputs) : null, y);
        long window = (long) kernel * kernel;
        t.activation("y", y, window * inputs);
        Tensor dy = t.activations(-1, 1, batch, out, out, outputs);
        Tensor dx = t.unwrittenActivations(batch, side, side, inputs);
        t.backend().conv2d().backwardData(options, weight, dy, dx);
        t.activation("dx", dx, window * outputs);
        Tensor dWeight = t.uniform(-1, 1, outputs, inputs, kernel, kernel);
        Tensor dBias = t.uniform(-1, 1, outputs);
        t.backend().conv2d().backwardWeights(options, x, dy, dWeight, biased ? dBias : null);
        long positions = (long) batch * out * out;
        if (biased) {
            t.result("dWeight", dWeight, positions);
            t.result("dBias", dBias, positions);
        } else {
            // What is added was rounded, and may be twice as large as the sum.
            t.resultWithin("dWeight", dWeight, Tolerance.rounded(2, positions));
        }
    }

    private static void batchNorm(Trial t) {
        int rows = t.extent("ROWS", 3, 7, 100, 700);
        int width = t.extent("C", 1, 3, 16, 33, 70);
        Activation activation = t.choose(Activation.IDENTITY, Activation.RELU);
        BatchNormOps.Options options = new BatchNormOps.Options(EPSILON, MOMENTUM, activation);
        Tensor x = t.activations(-1, 2, rows, width);
        BatchNormOps.Channels channels = new BatchNormOps.Channels(
                t.uniform(0.5, 1.5, width),
                t.uniform(-1, 1, width),
                t.uniform(-1, 1, width),
                t.uniform(0.5, 1.5, width));
        Tensor mean = t.unwritten(width);
        Tensor variance = t.unwritten(width);
        Tensor y = t.unwrittenActivations(rows, width);
        BatchNormOps ops = t.backend().batchNorm();
        ops.forwardTraining(options, x, channels, mean, variance, y);
        t.activation("y", y, rows);
        t.result("mean", mean, rows);
        t.result("variance", variance, rows);
        t.result("runningMean", channels.runningMean(), rows);
        t.result("runningVariance", channels.runningVariance(), rows);
        Tensor dx = t.unwrittenActivations(rows, width);
        Tensor dWeight = t.uniform(-1, 1, width);
        Tensor dBias = t.uniform(-1, 1, width);
        Tensor dy = t.activations(-1, 1, rows, width);
        ops.backwardTraining(options, x, y, channels, mean, variance, dy, dx, dWeight, dBias);
        t.activation("dx", dx, rows);
        t.result("dWeight", dWeight, rows);
        t.result("dBias", dBias, rows);
        Tensor inferred = t.unwrittenActivations(rows, width);
        ops.forwardInference(options, x, channels, inferred);
        t.activation("y of inference", inferred, 1);
    }

    private static void pool(Trial t) {
        int batch = t.extent("B", 1, 2, 5);
        int side = t.extent("H", 2, 3, 7, 14);
        int channels = t.extent("C", 1, 3, 16, 33);
        Tensor x = t.activations(-1, 1, batch, side, side, channels);
        Tensor y = t.unwrittenActivations(batch, side / 2, side / 2, channels);
        t.backend().pool().maxPool2x2(x, y);
        t.resultWithin("largest", y, Tolerance.exact());
        Tensor dx = t.unwrittenActivations(batch, side, side, channels);
        t.backend().pool().maxPool2x2Gradient(x, t.activations(-1, 1, batch, side / 2, side / 2, channels), dx);
        t.resultWithin("d of largest", dx, Tolerance.exact());
        Tensor mean = t.unwritten(batch, channels);
        t.backend().pool().globalAveragePool(x, mean);
        t.result("mean", mean, (long) side * side);
        t.backend().pool().globalAveragePoolGradient(t.uniform(-1, 1, batch, channels), dx);
        t.activation("d of mean", dx, 1);
    }

    private static void imagePipeline(Trial t) {
        int batch = t.extent("B", 1, 3, 17);
        int copies = t.extent("G", 1, 2, 4);
        int samples = t.extent("COUNT", 5, 40);
        int side = t.extent("H", 3, 8, 28);
        int colours = t.extent("C", 1, 3);
        Normalisation normalisation = Normalisation.of(0.13f, 0.31f);
        ImagePipelineOps ops = t.backend().imagePipeline();
        Tensor chosen = t.integers(samples, batch);
        Tensor epoch = t.integers(100, 1);
        Tensor copy = t.allocate(DType.I32, batch);
        ops.chooseCopies(copies, 7, epoch, chosen, copy);
        Tensor images = t.unwritten(batch, side, side, colours);
        ops.images(normalisation, t.bytes(copies, samples, side, side, colours), copy, chosen, images);
        t.resultWithin("images", images, Tolerance.exact());
        Tensor maps = t.unwritten(batch, ImagePipelineOps.MAP);
        AugmentationSpec spec = new AugmentationSpec(15, 0.1, 0.1, 2);
        ImageShape shape = new ImageShape(side, side, colours);
        ops.affineMaps(spec, shape, 7, Purpose.AUGMENTATION, epoch, chosen, maps);
        t.result("maps", maps, 1);
        // For one map the same bits; these come from maps that may differ in the last place, and pixels change by 255
        // from one to the next.
        ops.augmentedImages(normalisation, t.bytes(samples, side, side, colours), chosen, maps, images);
        t.resultWithin("augmented images", images, 1e-4);
        Tensor rows = t.unwritten(batch, 10);
        ops.rows(t.uniform(-1, 1, copies, samples, 10), copy, chosen, rows);
        t.resultWithin("rows", rows, Tolerance.exact());
    }
}
