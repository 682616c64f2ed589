package io.mambapkd.validate;

import io.mambapkd.ops.BlockOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** The projections of a Mamba block with what stands before or behind them: in one kernel where the backend has it, else one by one. */
final class ProjectionOperations {
    private static final float EPSILON = 1e-5f;
    private static final int[] ROWS = {1, 3, 16, 28, 131, 1100};

    private static final int[] WIDTHS = {4, 8, 12, 16, 20, 32, 48, 128};
    private static final int[] OUTPUTS = {4, 12, 16, 32, 36, 64, 72, 192};

    private ProjectionOperations() {}

    static List<Operation> all() {
        return List.of(
                Operation.inBothTypes("norm_projection", ProjectionOperations::normProjection),
                Operation.inBothTypes("projection", ProjectionOperations::projection));
    }

    private static void normProjection(Trial t) {
        int rows = t.extent("ROWS", ROWS);
        int width = t.extent("M", WIDTHS);
        int outputs = t.extent("O", OUTPUTS);
        boolean biased = t.choose("biased", "without bias").equals("biased");
        boolean past = t.choose("residual", "no residual").equals("residual");
        Tensor x = t.uniform(-2, 2, rows, width);
        Tensor scale = t.uniform(-1, 1, width);
        Tensor weight = t.uniform(-1, 1, outputs, width);
        Tensor bias = biased ? t.uniform(-1, 1, outputs) : null;
        Tensor y = t.unwrittenActivations(rows, outputs);
        BlockOps.NormProjection part = t.backend()
                .block()
                .normProjection(width, outputs, y.dtype())
                .orElseGet(() -> new SeparateProjections(t.backend(), t::zeros).norm());
        part.forward(x, scale, EPSILON, weight, bias, y);
        t.activation("y", y, width);
        Tensor dy = t.activations(-1, 1, rows, outputs);
        Tensor residual = past ? t.uniform(-1, 1, rows, width) : null;
        Tensor dx = t.unwritten(rows, width);
        Tensor dScale = t.uniform(-1, 1, width);
        Tensor dWeight = t.uniform(-1, 1, outputs, width);
        Tensor dBias = biased ? t.uniform(-1, 1, outputs) : null;
        part.backward(
                new BlockOps.NormProjectionInputs(x, scale, EPSILON, weight), dy, residual, dx, dScale, dWeight, dBias);
        t.result("dx", dx, (long) outputs + width);
        t.sum("dScale", dScale, (long) rows * outputs);
        t.sum("dWeight", dWeight, rows);
        if (dBias != null) {
            t.sum("dBias", dBias, rows);
        }
    }

    private static void projection(Trial t) {
        int rows = t.extent("ROWS", ROWS);
        int inputs = t.extent("I", WIDTHS);
        int outputs = t.extent("O", OUTPUTS);
        boolean biased = t.choose("biased", "without bias").equals("biased");
        boolean past = t.choose("residual", "no residual").equals("residual");
        Tensor x = t.activations(-1, 1, rows, inputs);
        Tensor weight = t.uniform(-1, 1, outputs, inputs);
        Tensor bias = biased ? t.uniform(-1, 1, outputs) : null;
        Tensor residual = past ? t.uniform(-1, 1, rows, outputs) : null;
        Tensor y = t.unwritten(rows, outputs);
        DType dtype = x.dtype();
        BlockOps.Projection part = t.backend()
                .block()
                .projection(inputs, outputs, dtype)
                .orElseGet(() -> new SeparateProjections(t.backend(), t::zeros).plain());
        part.forward(x, weight, bias, residual, y);
        t.result("y", y, inputs);
        Tensor dy = t.uniform(-1, 1, rows, outputs);
        Tensor dx = t.unwrittenActivations(rows, inputs);
        Tensor dWeight = t.uniform(-1, 1, outputs, inputs);
        Tensor dBias = biased ? t.uniform(-1, 1, outputs) : null;
        part.backward(x, weight, dy, dx, dWeight, dBias);
        t.activation("dx", dx, outputs);
        t.sum("dWeight", dWeight, rows);
        if (dBias != null) {
            t.sum("dBias", dBias, rows);
        }
    }
}
