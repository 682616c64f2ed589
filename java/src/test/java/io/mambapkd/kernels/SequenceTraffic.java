package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.ops.NormOps;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Locale;
import java.util.Map;

/** The layers of a Mamba block. Extents give several rows of partial sums wherever the launcher makes several. */
final class SequenceTraffic {
    private static final String REDUCE = "reduce_rows_add_f32";
    private static final String REDUCE_BYTES = "4 (count n + 2 n)";
    private static final String REDUCE_PAIR = "reduce_rows_add_pair_f32";
    private static final String REDUCE_PAIR_BYTES = "4 (count + 2) (n_first + n_second)";

    private SequenceTraffic() {}

    static void pointwise(Traffic traffic) {
        PointwiseOps ops = traffic.backend.pointwise();
        int rows = 300; // three chunks of 128
        int columns = 5;
        Tensor x = traffic.floats(rows, columns);
        Tensor y = traffic.floats(rows, columns);
        Tensor out = traffic.floats(rows, columns);
        Tensor vector = traffic.floats(columns);
        Map<String, Long> matrix = extents("rows", rows, "columns", columns, "chunk_rows", 128, "E", 4);
        Map<String, Long> reduced = extents("count", 3, "n", columns);

        Tensor narrow = traffic.numbers(DType.BF16, rows, columns);
        traffic.count(
                new BytesMoved().kernel("pointwise_convert_bf16", "6 rows columns", matrix),
                () -> ops.convert(x, narrow));
        traffic.count(
                new BytesMoved().kernel("pointwise_convert_f32", "6 rows columns", matrix),
                () -> ops.convert(narrow, x));
        traffic.count(
                new BytesMoved().kernel("pointwise_add_f32", "12 rows columns", matrix), () -> ops.add(x, y, out));
        traffic.count(
                new BytesMoved().kernel("pointwise_add_bias_f32", "8 rows columns + 4 columns", matrix),
                () -> ops.addBias(x, vector));
        String sums = "E rows columns + 4 ceil(rows / chunk_rows) columns";
        traffic.count(
                new BytesMoved()
                        .kernel("pointwise_column_sums_f32", sums, matrix)
                        .kernel(REDUCE, REDUCE_BYTES, reduced),
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

        Tensor z = traffic.floats(3, 100, columns);
        Tensor dy = traffic.floats(3, 100, columns);
        Tensor du = traffic.floats(3, 100, columns);
        Tensor dz = traffic.floats(3, 100, columns);
        traffic.count(
                new BytesMoved().kernel("pointwise_gate_f32", "12 B L D + 4 D", tokens),
                () -> ops.gate(sequence, vector, z, dy));
        traffic.count(
                new BytesMoved()
                        .kernel("pointwise_gate_gradient_f32", "20 B L D + 4 D + 4 ceil(B L / chunk_rows) D", tokens)
                        .kernel(REDUCE, REDUCE_BYTES, reduced),
                () -> ops.gateGradient(sequence, vector, z, dy, du, traffic.floats(columns), dz));
    }

    static void activation(Traffic traffic) {
        for (Activation activation : Activation.values()) {
            String name = activation.name().toLowerCase(Locale.ROOT) + "_f32";
            String backward = activation == Activation.IDENTITY ? "8 rows columns" : "12 rows columns";
            Map<String, Long> matrix = extents("rows", 7, "columns", 33);
            Tensor x = traffic.floats(7, 33);
            Tensor y = traffic.floats(7, 33);
            Tensor out = traffic.floats(7, 33);
            traffic.count(
                    new BytesMoved().kernel("activation_forward_" + name, "8 rows columns", matrix),
                    () -> traffic.backend.activation().forward(activation, x, y));
            traffic.count(
                    new BytesMoved().kernel("activation_backward_" + name, backward, matrix),
                    () -> traffic.backend.activation().backward(activation, x, y, out));
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
        NormOps ops = traffic.backend.norm();
        for (int columns : new int[] {33, 600}) {
            String suffix = (columns > 512 ? "block" : "warp") + "_f32";
            int rows = 70; // three blocks of 32
            Map<String, Long> matrix =
                    extents("rows", rows, "columns", columns, "block_rows", 32, "block", columns > 512 ? 1 : 0);
            Tensor x = traffic.floats(rows, columns);
            Tensor y = traffic.floats(rows, columns);
            Tensor weight = traffic.floats(columns);
            traffic.count(
                    new BytesMoved().kernel("rms_norm_forward_" + suffix, "8 rows columns + 4 columns", matrix),
                    () -> ops.rmsNorm(x, weight, 1e-5f, y));
            String backward = "12 rows columns + 4 columns + 4 ceil(rows / block_rows) columns (1 + [block])";
            traffic.count(
                    new BytesMoved()
                            .kernel("rms_norm_backward_" + suffix, backward, matrix)
                            .kernel(REDUCE, REDUCE_BYTES, extents("count", 3, "n", columns)),
                    () -> ops.rmsNormGradient(
                            x, weight, 1e-5f, y, traffic.floats(rows, columns), traffic.floats(columns)));
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
                            .kernel(
                                    REDUCE_PAIR,
                                    REDUCE_PAIR_BYTES,
                                    extents("count", 3, "n_first", columns, "n_second", columns)),
                    () -> ops.layerNormGradient(x, weight, 1e-5f, y, dx, traffic.floats(columns), bias));
        }
    }

    static void causalConv1d(Traffic traffic) {
        Conv1dOps ops = traffic.backend.conv1d();
        int length = 19;
        int channels = 33;
        Tensor x = traffic.floats(2, length, channels);
        Tensor y = traffic.floats(2, length, channels);
        Tensor dx = traffic.floats(2, length, channels);
        for (Activation activation : new Activation[] {Activation.SILU, Activation.IDENTITY}) {
            String name = activation.name().toLowerCase(Locale.ROOT) + "_f32";
            for (int width : new int[] {4, 3}) {
                boolean windowed = width == 4;
                Tensor weight = traffic.floats(channels, width);
                Tensor bias = traffic.floats(channels);
                int sums = windowed ? 1 : 2; // a row for 32 steps of any sequence, or for 32 whole sequences
                Map<String, Long> sizes = extents(
                        "B",
                        2,
                        "L",
                        length,
                        "D",
                        channels,
                        "W",
                        width,
                        "bias",
                        1,
                        "silu",
                        activation == Activation.SILU ? 1 : 0,
                        "sums",
                        sums);
                traffic.count(
                        windowed
                                ? new BytesMoved()
                                        .kernel(
                                                "causal_conv1d_forward_w4_" + name,
                                                "8 B L D + 16 D + 4 D [bias]",
                                                sizes)
                                : new BytesMoved()
                                        .kernel("causal_conv1d_forward_" + name, "8 B L D + 4 D W + 4 D [bias]", sizes),
                        () -> ops.forward(activation, x, weight, bias, y));
                BytesMoved backward = new BytesMoved();
                if (windowed) {
                    backward.kernel(
                            "causal_conv1d_backward_w4_" + name,
                            "12 B L D + 4 (4 + [bias] [silu]) D + 4 (4 + [bias]) D sums",
                            sizes);
                } else {
                    if (activation == Activation.SILU) {
                        backward.kernel("causal_conv1d_value_gradient_" + name, "12 B L D + 4 D W + 4 D [bias]", sizes);
                    }
                    backward.kernel("causal_conv1d_input_gradient_f32", "8 B L D + 4 D W", sizes)
                            .kernel("causal_conv1d_weight_gradient_f32", "8 B L D + 4 (W + [bias]) D sums", sizes);
                }
                backward.kernel(
                        REDUCE_PAIR,
                        REDUCE_PAIR_BYTES,
                        extents("count", sums, "n_first", channels * width, "n_second", channels));
                Tensor dWeight = traffic.floats(channels, width);
                Tensor dBias = traffic.floats(channels);
                traffic.count(backward, () -> ops.backward(activation, x, weight, bias, y, dx, dWeight, dBias));
            }
        }
    }

    static void selectiveScan(Traffic traffic) {
        for (int states : new int[] {1, 2, 4, 8, 16, 20}) {
            scan(traffic, states > 16 ? "many" : "n" + states, states, 5, 4);
        }
        scan(traffic, "n4", 4, 130, 2); // two chunks of 128 channels, each with all warps of a block

        Tensor a = traffic.floats(33);
        Tensor b = traffic.floats(33);
        Tensor c = traffic.floats(33);
        ScanOps ops = traffic.backend.scan();
        Map<String, Long> count = extents("count", 33);
        traffic.count(new BytesMoved().kernel("decay_fwd_f32", "8 count", count), () -> ops.decay(a, b));
        traffic.count(new BytesMoved().kernel("decay_bwd_f32", "16 count", count), () -> ops.decayGradient(a, b, c));
    }

    /** {@code slots} is the number of samples that all blocks work on at once, for a batch of two. */
    private static void scan(Traffic traffic, String name, int states, int channels, int slots) {
        int chunks = (channels + 127) / 128;
        int length = 9;
        Map<String, Long> sizes = extents(
                "B",
                2,
                "L",
                length,
                "D",
                channels,
                "N",
                states,
                "G",
                1,
                "z",
                1,
                "many",
                states > 16 ? 1 : 0,
                "skip",
                1,
                "bias",
                1,
                "last",
                1,
                "chunks",
                chunks,
                "slots",
                slots);
        ScanOps.Inputs in = new ScanOps.Inputs(
                traffic.floats(2, length, channels),
                traffic.floats(2, length, channels),
                traffic.floats(channels, states),
                traffic.floats(2, length, states),
                traffic.floats(2, length, states),
                traffic.floats(channels),
                traffic.floats(2, length, channels),
                traffic.floats(channels));
        Tensor y = traffic.floats(2, length, channels);
        Tensor last = traffic.floats(2, channels, states);
        ScanOps ops = traffic.backend.scan();
        String forward = "4 ((3 + [z] + [many]) B L D + 2 B L G N + D N + [skip] D + [bias] D + [last] B D N)";
        traffic.count(
                new BytesMoved().kernel("selective_scan_fwd_" + name + "_f32", forward, sizes),
                () -> ops.forward(ScanOps.Options.MAMBA, in, y, last));

        ScanOps.Gradients gradients = new ScanOps.Gradients(
                traffic.floats(2, length, channels),
                traffic.floats(2, length, channels),
                traffic.floats(channels, states),
                traffic.floats(2, length, states),
                traffic.floats(2, length, states),
                traffic.floats(channels),
                traffic.floats(2, length, channels),
                traffic.floats(channels));
        String backward =
                "4 ((7 + 3 [many]) B L D + (2 + 2 chunks) B L G N + (slots + 1) (D N + 2 D) + [many] slots D)";
        BytesMoved expected = new BytesMoved()
                .kernel("selective_scan_bwd_" + name + "_f32", backward, sizes)
                .kernel("selective_scan_bwd_slots_f32", "4 (slots + 2) (D N + 2 D)", sizes);
        if (chunks > 1) {
            expected.kernel(
                    "selective_scan_bwd_chunks_f32",
                    "8 (chunks + 1) rows columns",
                    extents("chunks", chunks, "rows", 2 * length, "columns", states));
        }
        traffic.count(expected, () -> ops.backward(ScanOps.Options.MAMBA, in, y, gradients));
    }
}
