package io.mambapkd.validate;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;
import java.util.Locale;

/** The operations of a Mamba block; those of the scan are in {@link ScanOperations}. */
final class SequenceOperations {
    private static final int[] BATCHES = {1, 2, 3, 5};
    private static final int[] LENGTHS = {1, 2, 3, 4, 5, 14, 16, 28, 31, 33, 49, 65};
    private static final int[] CHANNELS = {1, 3, 16, 31, 32, 33, 64, 70, 130};
    private static final float EPSILON = 1e-5f;

    private SequenceOperations() {}

    static List<Operation> all() {
        return List.of(
                Operation.inBothTypes("scan", ScanOperations::scan),
                new Operation("decay", ScanOperations::decay),
                Operation.inBothTypes("conv1d", SequenceOperations::conv1d),
                Operation.inBothTypes("rms_norm", SequenceOperations::rmsNorm),
                new Operation("layer_norm", SequenceOperations::layerNorm),
                Operation.inBothTypes("activation", SequenceOperations::activation),
                new Operation("softmax", SequenceOperations::softmax),
                new Operation("pointwise", SequenceOperations::pointwise),
                Operation.inBothTypes("gate", SequenceOperations::gate),
                new Operation("mean_over_tokens", SequenceOperations::meanOverTokens),
                new Operation("patch", SequenceOperations::patch),
                new Operation("padded_patch", SequenceOperations::paddedPatch),
                new Operation("reorder", SequenceOperations::reorder),
                Operation.inBothTypes("scan_pairs", ScanOperations::scanOfPairs));
    }

    private static void conv1d(Trial t) {
        int batch = t.extent("B", BATCHES);
        int length = t.extent("L", LENGTHS);
        int channels = t.extent("D", CHANNELS);
        int width = t.extent("W", 1, 2, 3, 4, 4, 4, 5, 9);
        Activation activation = t.choose(Activation.SILU, Activation.IDENTITY);
        Tensor x = t.activationColumns(-2, 2, batch, length, channels);
        Tensor weight = t.uniform(-1, 1, channels, width);
        boolean biased = t.choose("biased", "biased", "without bias").equals("biased");
        Tensor bias = biased ? t.uniform(-1, 1, channels) : null;
        Tensor y = t.unwrittenActivations(batch, length, channels);
        t.backend().conv1d().forward(activation, x, weight, bias, y);
        t.activation("y", y, width);
        Tensor dx = t.unwrittenActivationColumns(batch, length, channels);
        Tensor dWeight = t.uniform(-1, 1, channels, width);
        Tensor dBias = biased ? t.uniform(-1, 1, channels) : null;
        Tensor dy = t.activations(-1, 1, batch, length, channels);
        t.backend().conv1d().backward(activation, x, weight, bias, dy, dx, dWeight, dBias);
        t.activation("dx", dx, width);
        t.sum("dWeight", dWeight, (long) batch * length);
        if (dBias != null) {
            t.sum("dBias", dBias, (long) batch * length);
        }
    }

    private static void rmsNorm(Trial t) {
        int rows = t.extent("ROWS", 1, 2, 7, 33, 130, 1100);
        int width = t.extent("M", 1, 3, 4, 16, 20, 33, 48, 64, 128, 257, 1030);
        boolean past = t.choose("residual", "no residual").equals("residual");
        Tensor x = t.uniform(-2, 2, rows, width);
        Tensor weight = t.uniform(-1, 1, width);
        Tensor y = t.unwrittenActivations(rows, width);
        t.backend().norm().rmsNorm(x, weight, EPSILON, y);
        t.activation("y", y, width);
        Tensor dx = t.unwritten(rows, width);
        Tensor dWeight = t.uniform(-1, 1, width);
        Tensor dy = t.activations(-1, 1, rows, width);
        Tensor residual = past ? t.uniform(-1, 1, rows, width) : null;
        t.backend().norm().rmsNormGradient(x, weight, EPSILON, dy, residual, dx, dWeight);
        // One value of a row alone has a gradient that is what two equal terms leave of each other.
        t.resultWithin("dx", dx, width == 1 ? 1e-2 : Tolerance.ofSum(width));
        t.sum("dWeight", dWeight, rows);
    }

    private static void layerNorm(Trial t) {
        int rows = t.extent("ROWS", 1, 2, 7, 33, 130);
        int width = t.extent("M", 4, 16, 33, 64, 257, 1030);
        // A row far from 0 loses digits unless its mean is found in two steps.
        boolean far = t.choose("about 0", "about 1000").equals("about 1000") && width >= 64;
        Tensor x = t.uniform(far ? 999 : -2, far ? 1001 : 2, rows, width);
        Tensor weight = t.uniform(-1, 1, width);
        Tensor bias = t.uniform(-1, 1, width);
        Tensor y = t.unwritten(rows, width);
        t.backend().norm().layerNorm(x, weight, bias, EPSILON, y);
        t.resultWithin("y", y, far ? Tolerance.FAR_FROM_ZERO : Tolerance.ofSum(width));
        Tensor dx = t.unwritten(rows, width);
        Tensor dWeight = t.uniform(-1, 1, width);
        Tensor dBias = t.uniform(-1, 1, width);
        t.backend().norm().layerNormGradient(x, weight, EPSILON, t.uniform(-1, 1, rows, width), dx, dWeight, dBias);
        t.resultWithin("dx", dx, far ? Tolerance.FAR_FROM_ZERO : Tolerance.ofSum(width));
        if (far) {
            t.resultWithin("dWeight", dWeight, 2 * Tolerance.FAR_FROM_ZERO);
        } else {
            t.sum("dWeight", dWeight, rows);
        }
        t.sum("dBias", dBias, rows);
    }

    /** Every function on the same numbers, so that few cases show each where it bends. */
    private static void activation(Trial t) {
        int rows = t.extent("ROWS", 1, 3, 40);
        int width = t.extent("M", 1, 5, 64, 300);
        // About 0, where functions bend; the usual; and where they have become straight lines.
        double largest = t.choose(0.01, 8.0, 40.0);
        Tensor x = t.choose("with zeros", "any").equals("any")
                ? t.activationColumns(-largest, largest, rows, width)
                : t.steps(5, rows, width);
        Tensor dy = t.activationColumns(-1, 1, rows, width);
        for (Activation function : Activation.values()) {
            String name = function.name().toLowerCase(Locale.ROOT);
            Tensor y = t.unwrittenActivationColumns(rows, width);
            t.backend().activation().forward(function, x, y);
            if (function == Activation.SOFTPLUS && t.activationType() == DType.F32) {
                t.resultWithin(name, y, Tolerance.SOFTPLUS);
            } else {
                t.activation(name, y, 1);
            }
            Tensor dx = t.unwrittenActivationColumns(rows, width);
            t.backend().activation().backward(function, x, dy, dx);
            t.activation("dx of " + name, dx, 1);
        }
    }

    private static void softmax(Trial t) {
        int rows = t.extent("ROWS", 1, 3, 40);
        int classes = t.extent("K", 1, 2, 10, 100, 1024);
        Tensor x = t.uniform(-20, 20, rows, classes);
        Tensor y = t.unwritten(rows, classes);
        t.backend().activation().softmax(x, y);
        // The exponent's rounding, up to 40 times 2^-24, is the error of the exponential.
        t.result("y", y, classes + 16L);
        Tensor dx = t.unwritten(rows, classes);
        t.backend().activation().softmaxGradient(t.uniform(0, 0.1, rows, classes), t.uniform(-1, 1, rows, classes), dx);
        t.result("dx", dx, classes);
    }

    private static void pointwise(Trial t) {
        int rows = t.extent("ROWS", 1, 3, 40, 600);
        int width = t.extent("M", 1, 5, 33, 64, 300);
        Tensor x = t.uniformColumns(-1, 1, rows, width);
        Tensor sum = t.unwrittenColumns(rows, width);
        t.backend().pointwise().add(x, t.uniformColumns(-1, 1, rows, width), sum);
        t.result("sum", sum, 1);
        t.backend().pointwise().addBias(x, t.uniform(-1, 1, width));
        t.result("x + bias", x, 1);
        Tensor dBias = t.uniform(-1, 1, width);
        t.backend().pointwise().biasGradient(x, dBias);
        t.sum("dBias", dBias, rows);
        Tensor gathered = t.unwritten(rows);
        t.backend().pointwise().gather(dBias, t.integers(width, rows), gathered);
        t.sum("gathered", gathered, rows);
    }

    private static void gate(Trial t) {
        int batch = t.extent("B", BATCHES);
        int length = t.extent("L", LENGTHS);
        int channels = t.extent("D", CHANNELS);
        Tensor u = t.activationColumns(-1, 1, batch, length, channels);
        Tensor skip = t.uniform(-1, 1, channels);
        Tensor z = t.activationColumns(-3, 3, batch, length, channels);
        Tensor y = t.unwrittenActivations(batch, length, channels);
        t.backend().pointwise().gate(u, skip, z, y);
        t.activation("y", y, 1);
        Tensor du = t.unwrittenActivationColumns(batch, length, channels);
        Tensor dSkip = t.uniform(-1, 1, channels);
        Tensor dZ = t.unwrittenActivationColumns(batch, length, channels);
        Tensor dy = t.activations(-1, 1, batch, length, channels);
        t.backend().pointwise().gateGradient(u, skip, z, dy, du, dSkip, dZ);
        t.activation("du", du, 1);
        t.sum("dDskip", dSkip, (long) batch * length);
        t.activation("dZ", dZ, 1);
    }

    private static void meanOverTokens(Trial t) {
        int batch = t.extent("B", BATCHES);
        int length = t.extent("L", LENGTHS);
        int width = t.extent("M", 1, 5, 33, 64, 300);
        Tensor y = t.unwritten(batch, width);
        t.backend().pointwise().meanOverTokens(t.uniform(-1, 1, batch, length, width), y);
        t.result("y", y, length);
        Tensor dx = t.unwritten(batch, length, width);
        t.backend().pointwise().meanOverTokensGradient(t.uniform(-1, 1, batch, width), dx);
        t.result("dx", dx, 1);
    }

    private static void patch(Trial t) {
        int batch = t.extent("B", BATCHES);
        Cut cut = t.choose(Cut.values());
        int size = t.extent("P", 1, 2, 4, 7);
        int side = size * t.extent("H", 1, 2, 4);
        int colours = t.extent("C", 1, 3);
        int length = cut == Cut.PATCHES ? (side / size) * (side / size) : side / size;
        int values = side * side * colours / length;
        Tensor tokens = t.unwritten(batch, length, values);
        t.backend().patch().tokens(cut, size, t.uniform(-1, 1, batch, side, side, colours), tokens);
        t.resultWithin("tokens", tokens, Tolerance.exact());
        Tensor dImages = t.unwritten(batch, side, side, colours);
        t.backend().patch().tokensGradient(cut, size, t.uniform(-1, 1, batch, length, values), dImages);
        t.resultWithin("dImages", dImages, Tolerance.exact());
        t.backend().patch().addPosition(tokens, t.uniform(-1, 1, length, values));
        t.result("tokens + position", tokens, 1);
        Tensor dPosition = t.uniform(-1, 1, length, values);
        t.backend().patch().positionGradient(tokens, dPosition);
        t.sum("dPosition", dPosition, batch);
    }

    /** Images whose extents tokens mostly do not divide, so that zeros continue them. */
    private static void paddedPatch(Trial t) {
        int batch = t.extent("B", BATCHES);
        Cut cut = t.choose(Cut.values());
        int size = t.extent("P", 2, 3, 4, 7);
        int height = t.extent("H", 1, 5, 13, 32);
        int width = t.extent("W", 1, 6, 15, 31);
        int colours = t.extent("C", 1, 3);
        int down = (height + size - 1) / size;
        int across = (width + size - 1) / size;
        int length = (cut == Cut.COLUMNS ? 1 : down) * (cut == Cut.ROWS ? 1 : across);
        int values = size * colours * (cut == Cut.ROWS ? width : cut == Cut.COLUMNS ? height : size);
        Tensor tokens = t.unwritten(batch, length, values);
        t.backend().patch().tokens(cut, size, t.uniform(-1, 1, batch, height, width, colours), tokens);
        t.resultWithin("tokens", tokens, Tolerance.exact());
        Tensor dImages = t.unwritten(batch, height, width, colours);
        t.backend().patch().tokensGradient(cut, size, t.uniform(-1, 1, batch, length, values), dImages);
        t.resultWithin("dImages", dImages, Tolerance.exact());
    }

    private static void reorder(Trial t) {
        int batch = t.extent("B", BATCHES);
        int rows = t.extent("ROWS", 1, 2, 5, 8);
        int columns = t.extent("COLUMNS", 1, 3, 7, 16);
        int width = t.extent("M", 1, 3, 4, 20, 33, 64);
        boolean reversed = t.choose("from the end", "from the start").equals("from the end");
        Tensor y = t.unwritten(batch, rows * columns, width);
        t.backend().patch().reorder(rows, columns, reversed, t.uniform(-1, 1, batch, rows * columns, width), y);
        t.resultWithin("y", y, Tolerance.exact());
    }
}
