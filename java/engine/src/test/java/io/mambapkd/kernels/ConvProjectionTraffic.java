package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.BlockOps.ConvProjection;
import io.mambapkd.ops.BlockOps.ConvProjectionGradients;
import io.mambapkd.ops.BlockOps.ConvProjectionInputs;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Bytes that {@code conv_projection.cu} and {@code conv_projection_gradient.cu} move. */
final class ConvProjectionTraffic {
    private static final int BATCH = 2;

    private ConvProjectionTraffic() {}

    static void convProjection(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            convProjection(traffic, dtype, 19, 32, 4, 17, true);
            convProjection(traffic, dtype, 90, 96, 3, 19, false); // two tiles a block of the backward pass
        }
    }

    private static void convProjection(
            Traffic traffic, DType dtype, int length, int channels, int taps, int outputs, boolean biased) {
        Map<String, Long> sizes = extents(
                "B",
                BATCH,
                "L",
                length,
                "D",
                channels,
                "W",
                taps,
                "P",
                outputs,
                "bias",
                biased ? 1 : 0,
                "blocks",
                BATCH,
                "E",
                dtype.bytes());
        ConvProjection part = traffic.backend
                .block()
                .convProjection(channels, taps, outputs, dtype)
                .orElseThrow();
        Tensor x = traffic.numbers(dtype, BATCH, length, channels);
        Tensor tapsOfAll = traffic.floats(channels, taps);
        Tensor bias = biased ? traffic.floats(channels) : null;
        Tensor weight = traffic.floats(outputs, channels);
        Tensor u = traffic.numbers(dtype, BATCH, length, channels);
        Tensor projected = traffic.floats(BATCH, length, outputs);
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "conv_projection_forward" + Traffic.ending(dtype),
                                "2 E B L D + 4 (B L P + D W + [bias] D + P D)",
                                sizes),
                () -> part.forward(x, tapsOfAll, bias, weight, u, projected));

        Tensor dx = traffic.numbers(dtype, BATCH, length, channels);
        Tensor dTaps = traffic.floats(channels, taps);
        Tensor dBias = biased ? traffic.floats(channels) : null;
        Tensor dWeight = traffic.floats(outputs, channels);
        BytesMoved backward = new BytesMoved()
                .kernel(
                        "conv_projection_backward" + Traffic.ending(dtype),
                        "3 E B L D + 4 (B L P + D W + [bias] D + P D + blocks (D W + [bias] D + P D))",
                        sizes);
        addRows(backward, channels * taps);
        if (biased) {
            addRows(backward, channels);
        }
        addRows(backward, outputs * channels);
        traffic.count(
                backward,
                () -> part.backward(
                        new ConvProjectionInputs(x, tapsOfAll, bias, weight),
                        u,
                        projected,
                        dx,
                        new ConvProjectionGradients(dTaps, dBias, dWeight)));
    }

    private static void addRows(BytesMoved expected, int n) {
        expected.kernel(
                "reduce_columns_add_f32", "4 (count n + 2 n + n [a_log])", extents("count", BATCH, "n", n, "a_log", 0));
    }
}
