package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.BlockOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Bytes of the projections of a Mamba block, with what stands before or behind them. */
final class ProjectionTraffic {
    private static final int ROWS = 37;
    /** Rows of a block, where there are so few. */
    private static final int BLOCK_ROWS = 16;

    private ProjectionTraffic() {}

    private static Map<String, Long> sizes(int inputs, int outputs, int more, boolean optional, DType dtype) {
        int given = optional ? 1 : 0;
        return extents(
                "rows",
                ROWS,
                "columns",
                inputs,
                "inputs",
                inputs,
                "outputs",
                outputs,
                "block_rows",
                BLOCK_ROWS,
                "width",
                more + inputs * outputs + given * outputs,
                "bias",
                given,
                "residual",
                given,
                "E",
                dtype.bytes());
    }

    /** The sums of partial rows for a gradient of so many elements. */
    private static void add(BytesMoved expected, int elements) {
        expected.kernel(
                "reduce_columns_add_f32",
                "4 (count n + 2 n + n [a_log])",
                extents("count", (ROWS + BLOCK_ROWS - 1) / BLOCK_ROWS, "n", elements, "a_log", 0));
    }

    static void normProjection(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            for (boolean optional : new boolean[] {true, false}) {
                normProjection(traffic, dtype, optional);
            }
        }
    }

    private static void normProjection(Traffic traffic, DType dtype, boolean optional) {
        int width = 12;
        int outputs = 20;
        BlockOps.NormProjection part =
                traffic.backend.block().normProjection(width, outputs, dtype).orElseThrow();
        Tensor x = traffic.floats(ROWS, width);
        Tensor scale = traffic.floats(width);
        Tensor weight = traffic.floats(outputs, width);
        Tensor bias = optional ? traffic.floats(outputs) : null;
        Tensor y = traffic.numbers(dtype, ROWS, outputs);
        Map<String, Long> sizes = sizes(width, outputs, width, optional, dtype);
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "norm_projection_forward" + Traffic.ending(dtype),
                                "4 rows columns + E rows outputs + 4 columns (1 + outputs) + 4 outputs [bias]",
                                sizes),
                () -> part.forward(x, scale, 1e-5f, weight, bias, y));
        BytesMoved backward = new BytesMoved()
                .kernel(
                        "norm_projection_backward" + Traffic.ending(dtype),
                        "8 rows columns + E rows outputs + 4 rows columns [residual] + 4 columns (1 + outputs) + 4 ceil(rows / block_rows) width",
                        sizes);
        add(backward, width);
        add(backward, width * outputs);
        Tensor dBias = bias(traffic, backward, optional, outputs);
        Tensor residual = optional ? traffic.floats(ROWS, width) : null;
        Tensor dx = traffic.floats(ROWS, width);
        BlockOps.NormProjectionInputs inputs = new BlockOps.NormProjectionInputs(x, scale, 1e-5f, weight);
        Tensor dScale = traffic.floats(width);
        Tensor dWeight = traffic.floats(outputs, width);
        traffic.count(backward, () -> part.backward(inputs, y, residual, dx, dScale, dWeight, dBias));
    }

    static void projection(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            for (boolean optional : new boolean[] {true, false}) {
                projection(traffic, dtype, optional);
            }
        }
    }

    private static void projection(Traffic traffic, DType dtype, boolean optional) {
        int inputs = 20;
        int outputs = 12;
        BlockOps.Projection part =
                traffic.backend.block().projection(inputs, outputs, dtype).orElseThrow();
        Tensor x = traffic.numbers(dtype, ROWS, inputs);
        Tensor weight = traffic.floats(outputs, inputs);
        Tensor bias = optional ? traffic.floats(outputs) : null;
        Tensor residual = optional ? traffic.floats(ROWS, outputs) : null;
        Tensor y = traffic.floats(ROWS, outputs);
        Map<String, Long> sizes = sizes(inputs, outputs, 0, optional, dtype);
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "projection_forward" + Traffic.ending(dtype),
                                "E rows inputs + 4 rows outputs (1 + [residual]) + 4 inputs outputs + 4 outputs [bias]",
                                sizes),
                () -> part.forward(x, weight, bias, residual, y));
        BytesMoved backward = new BytesMoved()
                .kernel(
                        "projection_backward" + Traffic.ending(dtype),
                        "2 E rows inputs + 4 rows outputs + 4 inputs outputs + 4 ceil(rows / block_rows) width",
                        sizes);
        add(backward, inputs * outputs);
        Tensor dBias = bias(traffic, backward, optional, outputs);
        Tensor dx = traffic.numbers(dtype, ROWS, inputs);
        Tensor dWeight = traffic.floats(outputs, inputs);
        traffic.count(backward, () -> part.backward(x, weight, y, dx, dWeight, dBias));
    }

    private static @Nullable Tensor bias(Traffic traffic, BytesMoved expected, boolean biased, int outputs) {
        if (!biased) {
            return null;
        }
        add(expected, outputs);
        return traffic.floats(outputs);
    }
}
