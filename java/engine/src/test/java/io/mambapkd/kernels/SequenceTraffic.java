package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.NormOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Locale;
import java.util.Map;

/** The layers of a Mamba block. Extents give several rows of partial sums wherever the launcher makes several. */
final class SequenceTraffic {
    private SequenceTraffic() {}

    static void pointwise(Traffic traffic) {
        PointwiseOps ops = traffic.backend.pointwise();
        int rows = 300; // three chunks of 128
        int columns = 5;
        Tensor x = traffic.floats(rows, columns);
        Tensor vector = traffic.floats(columns);
        Map<String, Long> matrix = extents("rows", rows, "columns", columns, "chunk_rows", 128, "E", 4);

        Tensor narrow = traffic.numbers(DType.BF16, rows, columns);
        traffic.count(
                new BytesMoved().kernel("pointwise_convert_bf16", "6 rows columns", matrix),
                () -> ops.convert(x, narrow));
        traffic.count(
                new BytesMoved().kernel("pointwise_convert_f32", "6 rows columns", matrix),
                () -> ops.convert(narrow, x));
        Tensor order = traffic.ints(4, 2, 0, 1, 3);
        for (DType dtype : Traffic.ACTIVATIONS) {
            Tensor gathered = traffic.numbers(dtype, columns);
            traffic.count(
                    new BytesMoved()
                            .kernel(
                                    "pointwise_gather" + Traffic.ending(dtype),
                                    "8 n + E n",
                                    extents("E", dtype.bytes(), "n", columns)),
                    () -> ops.gather(vector, order, gathered));
        }
        for (DType dtype : Traffic.ACTIVATIONS) {
            Tensor left = traffic.numbers(dtype, rows, columns);
            Tensor right = traffic.numbers(dtype, rows, columns);
            Tensor both = traffic.numbers(dtype, rows, columns);
            traffic.count(
                    new BytesMoved()
                            .kernel(
                                    "pointwise_add" + Traffic.ending(dtype),
                                    "3 E rows columns",
                                    extents("E", dtype.bytes(), "rows", rows, "columns", columns)),
                    () -> ops.add(left, right, both));
        }
        traffic.count(
                new BytesMoved().kernel("pointwise_add_bias_f32", "8 rows columns + 4 columns", matrix),
                () -> ops.addBias(x, vector));
        String sums = "E rows columns + 4 ceil(rows / chunk_rows) columns";
        traffic.count(
                new BytesMoved()
                        .kernel("pointwise_column_sums_f32", sums, matrix)
                        .sumsOfRows(3, columns),
                () -> ops.biasGradient(x, vector));

        Map<String, Long> tokens = extents("B", 3, "L", 100, "M", columns, "D", columns, "chunk_rows", 128, "E", 4);
        Tensor sequence = traffic.floats(3, 100, columns);
        Tensor samples = traffic.floats(3, columns);
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "pointwise_column_sums_f32",
                                sums,
                                extents("rows", rows, "columns", columns, "chunk_rows", 100, "E", 4)),
                () -> ops.meanOverTokens(sequence, samples));
        traffic.count(
                new BytesMoved().kernel("pointwise_mean_gradient_f32", "E B L M + 4 B M", tokens),
                () -> ops.meanOverTokensGradient(samples, sequence));

        for (DType dtype : Traffic.ACTIVATIONS) {
            gate(traffic, dtype);
        }
    }

    private static void gate(Traffic traffic, DType dtype) {
        int columns = 5;
        Map<String, Long> tokens = extents("B", 3, "L", 100, "D", columns, "chunk_rows", 128, "E", dtype.bytes());
        Tensor u = traffic.numbers(dtype, 3, 100, columns);
        Tensor z = traffic.numbers(dtype, 3, 100, columns);
        Tensor dy = traffic.numbers(dtype, 3, 100, columns);
        Tensor du = traffic.numbers(dtype, 3, 100, columns);
        Tensor dz = traffic.numbers(dtype, 3, 100, columns);
        Tensor skip = traffic.floats(columns);
        PointwiseOps ops = traffic.backend.pointwise();
        traffic.count(
                new BytesMoved().kernel("pointwise_gate" + Traffic.ending(dtype), "3 E B L D + 4 D", tokens),
                () -> ops.gate(u, skip, z, dy));
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "pointwise_gate_gradient" + Traffic.ending(dtype),
                                "5 E B L D + 4 D + 4 ceil(B L / chunk_rows) D",
                                tokens)
                        .sumsOfRows(3, columns),
                () -> ops.gateGradient(u, skip, z, dy, du, traffic.floats(columns), dz));
    }

    static void activation(Traffic traffic) {
        for (Activation activation : Activation.values()) {
            for (DType dtype : Traffic.ACTIVATIONS) {
                String name = activation.name().toLowerCase(Locale.ROOT) + Traffic.ending(dtype);
                String backward = activation == Activation.IDENTITY ? "2 E rows columns" : "3 E rows columns";
                Map<String, Long> matrix = extents("rows", 7, "columns", 33, "E", dtype.bytes());
                Tensor x = traffic.numbers(dtype, 7, 33);
                Tensor y = traffic.numbers(dtype, 7, 33);
                Tensor out = traffic.numbers(dtype, 7, 33);
                traffic.count(
                        new BytesMoved().kernel("activation_forward_" + name, "2 E rows columns", matrix),
                        () -> traffic.backend.activation().forward(activation, x, y));
                traffic.count(
                        new BytesMoved().kernel("activation_backward_" + name, backward, matrix),
                        () -> traffic.backend.activation().backward(activation, x, y, out));
            }
        }
        for (int columns : new int[] {33, 600}) {
            String suffix = (columns > 512 ? "block" : "warp") + "_f32";
            Map<String, Long> matrix = extents("rows", 9, "columns", columns);
            Tensor x = traffic.floats(9, columns);
            Tensor y = traffic.floats(9, columns);
            Tensor out = traffic.floats(9, columns);
            traffic.count(
                    new BytesMoved().kernel("activation_softmax_" + suffix, "8 rows columns", matrix),
                    () -> traffic.backend.activation().softmax(x, y));
            traffic.count(
                    new BytesMoved().kernel("activation_softmax_gradient_" + suffix, "12 rows columns", matrix),
                    () -> traffic.backend.activation().softmaxGradient(x, y, out));
        }
    }

    static void rmsNorm(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            rmsNorm(traffic, dtype);
        }
    }

    private static void rmsNorm(Traffic traffic, DType dtype) {
        NormOps ops = traffic.backend.norm();
        for (int columns : new int[] {12, 32, 48, 128, 33, 600}) {
            boolean isShort = columns % 4 == 0 && columns <= 128;
            int width = Math.max(16, Integer.highestOneBit(columns - 1) * 2);
            String stem = isShort ? "rms_norm_short_" : "rms_norm_";
            String method = isShort ? "w" + width : columns > 512 ? "block" : "warp";
            int blockRows = isShort ? 1024 / width : 32;
            int rows = 70; // two blocks or more, the last not full
            Map<String, Long> matrix = extents(
                    "rows",
                    rows,
                    "columns",
                    columns,
                    "block_rows",
                    blockRows,
                    "block",
                    columns > 512 ? 1 : 0,
                    "residual",
                    1,
                    "E",
                    dtype.bytes());
            Tensor x = traffic.floats(rows, columns);
            Tensor y = traffic.numbers(dtype, rows, columns);
            Tensor weight = traffic.floats(columns);
            traffic.count(
                    new BytesMoved()
                            .kernel(
                                    stem + "forward_" + method + Traffic.ending(dtype),
                                    "4 rows columns + E rows columns + 4 columns",
                                    matrix),
                    () -> ops.rmsNorm(x, weight, 1e-5f, y));
            String backward = "8 rows columns + E rows columns + 4 rows columns [residual] + 4 columns"
                    + " + 4 ceil(rows / block_rows) columns"
                    + (isShort ? "" : " (1 + [block])");
            int count = (rows + blockRows - 1) / blockRows;
            Tensor residual = traffic.floats(rows, columns);
            traffic.count(
                    new BytesMoved()
                            .kernel(stem + "backward_" + method + Traffic.ending(dtype), backward, matrix)
                            .sumsOfRows(count, columns),
                    () -> ops.rmsNormGradient(
                            x, weight, 1e-5f, y, residual, traffic.floats(rows, columns), traffic.floats(columns)));
        }
    }

    static void layerNorm(Traffic traffic) {
        NormOps ops = traffic.backend.norm();
        for (int columns : new int[] {33, 600}) {
            String suffix = (columns > 512 ? "block" : "warp") + "_f32";
            int rows = 70; // three blocks of 32
            Map<String, Long> matrix =
                    extents("rows", rows, "columns", columns, "block_rows", 32, "block", columns > 512 ? 1 : 0);
            Tensor x = traffic.floats(rows, columns);
            Tensor y = traffic.floats(rows, columns);
            Tensor weight = traffic.floats(columns);
            Tensor bias = traffic.floats(columns);
            traffic.count(
                    new BytesMoved().kernel("layer_norm_forward_" + suffix, "8 rows columns + 8 columns", matrix),
                    () -> ops.layerNorm(x, weight, bias, 1e-5f, y));
            String backward = "12 rows columns + 4 columns + 8 ceil(rows / block_rows) columns (1 + [block])";
            Tensor dx = traffic.floats(rows, columns);
            traffic.count(
                    new BytesMoved()
                            .kernel("layer_norm_backward_" + suffix, backward, matrix)
                            .sumsOfRows(3, columns, columns),
                    () -> ops.layerNormGradient(x, weight, 1e-5f, y, dx, traffic.floats(columns), bias));
        }
    }
}
