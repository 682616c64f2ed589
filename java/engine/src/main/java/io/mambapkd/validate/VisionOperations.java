package io.mambapkd.validate;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.PoolOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.DType;
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
                Operation.inBothTypes("pool", VisionOperations::pool));
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
        boolean narrow = t.activationType() == DType.BF16;
        boolean biased = t.choose("biased", "without bias").equals("biased") && !narrow;
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
        if (narrow) {
            // What is added was rounded, and may be twice as large as the sum, or all but cancel what was there.
            t.roundedSum("dWeight", dWeight, positions);
        } else {
            t.sum("dWeight", dWeight, positions);
        }
        if (biased) {
            t.sum("dBias", dBias, positions);
        }
    }

    private static void batchNorm(Trial t) {
        int rows = t.extent("ROWS", 3, 7, 100, 700);
        int width = t.extent("C", 1, 3, 16, 33, 70);
        Activation activation = t.choose(Activation.IDENTITY, Activation.RELU, Activation.GELU, Activation.SILU);
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
        t.sum("dWeight", dWeight, rows);
        t.sum("dBias", dBias, rows);
        Tensor inferred = t.unwrittenActivations(rows, width);
        ops.forwardInference(options, x, channels, inferred);
        t.activation("y of inference", inferred, 1);
        ops.backwardInference(options, x, inferred, channels, dy, dx, dWeight, dBias);
        t.activation("dx of inference", dx, 1);
        t.sum("dWeight of inference", dWeight, rows);
        t.sum("dBias of inference", dBias, rows);
    }

    private static void pool(Trial t) {
        int batch = t.extent("B", 1, 2, 5);
        int side = t.extent("H", 2, 3, 7, 14);
        int channels = t.extent("C", 1, 3, 16, 33);
        Tensor x = t.choose("ties", "no ties").equals("ties")
                ? t.steps(3, batch, side, side, channels)
                : t.activations(-1, 1, batch, side, side, channels);
        Tensor y = t.unwrittenActivations(batch, side / 2, side / 2, channels);
        t.backend().pool().maxPool2x2(x, y);
        t.resultWithin("largest", y, Tolerance.exact());
        Tensor dx = t.unwrittenActivations(batch, side, side, channels);
        t.backend().pool().maxPool2x2Gradient(x, t.activations(-1, 1, batch, side / 2, side / 2, channels), dx);
        t.resultWithin("d of largest", dx, Tolerance.exact());
        PoolOps.Windows windows = new PoolOps.Windows(t.choose(1, 2, side), t.choose(2, side));
        int[] out = {batch, side / windows.height(), side / windows.width(), channels};
        Tensor maxima = t.unwrittenActivations(out);
        t.backend().pool().maxPool(windows, x, maxima);
        t.resultWithin("largest of windows", maxima, Tolerance.exact());
        t.backend().pool().maxPoolGradient(windows, x, t.activations(-1, 1, out), dx);
        t.resultWithin("d of largest of windows", dx, Tolerance.exact());
        Tensor mean = t.unwritten(batch, channels);
        t.backend().pool().globalAveragePool(x, mean);
        t.result("mean", mean, (long) side * side);
        t.backend().pool().globalAveragePoolGradient(t.uniform(-1, 1, batch, channels), dx);
        t.activation("d of mean", dx, 1);
    }
}
