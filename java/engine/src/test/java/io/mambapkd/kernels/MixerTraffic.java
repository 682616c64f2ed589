package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Conv1dOps;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Locale;
import java.util.Map;

/** Bytes of the families that mix the steps of a sequence. */
final class MixerTraffic {
    private MixerTraffic() {}

    static void causalConv1d(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            causalConv1d(traffic, dtype);
        }
    }

    private static void causalConv1d(Traffic traffic, DType dtype) {
        Conv1dOps ops = traffic.backend.conv1d();
        int length = 19;
        int channels = 33;
        Tensor x = traffic.numbers(dtype, 2, length, channels);
        Tensor y = traffic.numbers(dtype, 2, length, channels);
        Tensor dx = traffic.numbers(dtype, 2, length, channels);
        String type = Traffic.ending(dtype);
        for (Activation activation : new Activation[] {Activation.SILU, Activation.IDENTITY}) {
            String name = activation.name().toLowerCase(Locale.ROOT) + type;
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
                        sums,
                        "E",
                        dtype.bytes());
                traffic.count(
                        windowed
                                ? new BytesMoved()
                                        .kernel(
                                                "causal_conv1d_forward_w4_" + name,
                                                "2 E B L D + 16 D + 4 D [bias]",
                                                sizes)
                                : new BytesMoved()
                                        .kernel(
                                                "causal_conv1d_forward_" + name,
                                                "2 E B L D + 4 D W + 4 D [bias]",
                                                sizes),
                        () -> ops.forward(activation, x, weight, bias, y));
                BytesMoved backward = new BytesMoved();
                if (windowed) {
                    backward.kernel(
                            "causal_conv1d_backward_w4_" + name,
                            "3 E B L D + 4 (4 + [bias] [silu]) D + 4 (4 + [bias]) D sums",
                            sizes);
                } else {
                    if (activation == Activation.SILU) {
                        backward.kernel(
                                "causal_conv1d_value_gradient_" + name,
                                "2 E B L D + 4 B L D + 4 D W + 4 D [bias]",
                                sizes);
                    } else if (dtype == DType.BF16) {
                        backward.kernel("causal_conv1d_value_gradient_" + name, "E B L D + 4 B L D", sizes);
                    }
                    backward.kernel("causal_conv1d_input_gradient" + type, "E B L D + 4 B L D + 4 D W", sizes)
                            .kernel(
                                    "causal_conv1d_weight_gradient" + type,
                                    "E B L D + 4 B L D + 4 (W + [bias]) D sums",
                                    sizes);
                }
                backward.sumsOfRows(sums, channels * width, channels);
                Tensor dWeight = traffic.floats(channels, width);
                Tensor dBias = traffic.floats(channels);
                traffic.count(backward, () -> ops.backward(activation, x, weight, bias, y, dx, dWeight, dBias));
            }
        }
    }

    static void selectiveScan(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            for (int states : new int[] {1, 2, 4, 8, 16, 20}) {
                scan(traffic, dtype, states > 16 ? "many" : "n" + Math.max(4, states), states, 5, 4);
            }
        }
        scan(traffic, DType.F32, "n4", 4, 131, 2); // two chunks of 128 channels, each with all warps of a block

        for (DType dtype : Traffic.ACTIVATIONS) {
            scanOfPairs(traffic, dtype, "n4", 3, 6);
            scanOfPairs(traffic, dtype, "n8", 8, 6);
            scanOfPairs(traffic, dtype, "n16", 16, 260); // two chunks of channels
        }

        Tensor a = traffic.floats(33);
        Tensor b = traffic.floats(33);
        Tensor c = traffic.floats(33);
        ScanOps ops = traffic.backend.scan();
        Map<String, Long> count = extents("count", 33);
        traffic.count(new BytesMoved().kernel("decay_fwd_f32", "8 count", count), () -> ops.decay(a, b));
        traffic.count(new BytesMoved().kernel("decay_bwd_f32", "16 count", count), () -> ops.decayGradient(a, b, c));
    }

    private static void scanOfPairs(Traffic traffic, DType dtype, String name, int states, int channels) {
        int batch = 2;
        int length = 105;
        int saved = 2;
        Map<String, Long> sizes = extents(
                "B",
                batch,
                "L",
                length,
                "D",
                channels,
                "N",
                states,
                "G",
                1,
                "S",
                saved,
                "z",
                1,
                "skip",
                1,
                "bias",
                1,
                "last",
                1,
                "saved",
                1,
                "E",
                dtype.bytes());
        ScanOps.Inputs in = new ScanOps.Inputs(
                traffic.numbers(dtype, batch, length, channels),
                traffic.floats(batch, length, channels),
                traffic.floats(channels, states),
                traffic.floats(batch, length, states),
                traffic.floats(batch, length, states),
                traffic.floats(channels),
                traffic.numbers(dtype, batch, length, channels),
                traffic.floats(channels));
        Tensor y = traffic.numbers(dtype, batch, length, channels);
        Tensor last = traffic.floats(batch, channels, states);
        Tensor within = traffic.floats(batch, saved, channels, states);
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "selective_scan_pair_fwd_" + name + Traffic.ending(dtype),
                                "(E (2 + [z]) + 4) B L D + 4 (2 B L G N + D N + [skip] D + [bias] D + [last] B D N + [saved] B D N S)",
                                sizes),
                () -> traffic.backend.scan().forward(ScanOps.Options.MAMBA, in, y, last, within));
    }

    /** {@code slots} is the number of samples that all blocks work on at once, for a batch of two. */
    private static void scan(Traffic traffic, DType dtype, String name, int states, int channels, int slots) {
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
                "saved",
                0,
                "S",
                0,
                "chunks",
                chunks,
                "slots",
                slots,
                "E",
                dtype.bytes());
        ScanOps.Inputs in = new ScanOps.Inputs(
                traffic.numbers(dtype, 2, length, channels),
                traffic.floats(2, length, channels),
                traffic.floats(channels, states),
                traffic.floats(2, length, states),
                traffic.floats(2, length, states),
                traffic.floats(channels),
                traffic.numbers(dtype, 2, length, channels),
                traffic.floats(channels));
        Tensor y = traffic.numbers(dtype, 2, length, channels);
        Tensor last = traffic.floats(2, channels, states);
        ScanOps ops = traffic.backend.scan();
        String forward = "(E (2 + [z] + [many]) + 4) B L D"
                + " + 4 (2 B L G N + D N + [skip] D + [bias] D + [last] B D N + [saved] B D N S)";
        traffic.count(
                new BytesMoved().kernel("selective_scan_fwd_" + name + Traffic.ending(dtype), forward, sizes),
                () -> ops.forward(ScanOps.Options.MAMBA, in, y, last));

        ScanOps.Gradients gradients = new ScanOps.Gradients(
                traffic.numbers(dtype, 2, length, channels),
                traffic.floats(2, length, channels),
                traffic.floats(channels, states),
                traffic.floats(2, length, states),
                traffic.floats(2, length, states),
                traffic.floats(channels),
                traffic.numbers(dtype, 2, length, channels),
                traffic.floats(channels));
        String backward =
                "(E (5 + 2 [many]) + 4 (2 + [many])) B L D + 4 ((2 + 2 chunks) B L G N + (slots + 1) (D N + 2 D) + [many] slots D)";
        BytesMoved expected = new BytesMoved()
                .kernel("selective_scan_bwd_" + name + Traffic.ending(dtype), backward, sizes)
                .sumsOfRows(slots, channels * states, channels, channels);
        if (chunks > 1) {
            expected.kernel(
                    "selective_scan_bwd_chunks_f32",
                    "8 (chunks + 1) rows columns",
                    extents("chunks", chunks, "rows", 2 * length, "columns", states));
        }
        traffic.count(expected, () -> ops.backward(ScanOps.Options.MAMBA, in, y, gradients));
    }
}
