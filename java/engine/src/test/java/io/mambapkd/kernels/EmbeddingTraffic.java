package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.EmbeddingOps.Embedding;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Bytes that {@code embedding.cu} and {@code embedding_gradient.cu} move. */
final class EmbeddingTraffic {
    private static final int BATCH = 135; // three blocks of the backward pass have two samples
    private static final int LENGTH = 3;
    private static final int ELEMENTS = 20;
    private static final int WIDTH = 8;

    private EmbeddingTraffic() {}

    static void embedding(Traffic traffic) {
        Embedding embedding =
                traffic.backend.embedding().embedding(ELEMENTS, LENGTH, WIDTH).orElseThrow();
        for (int positions = 0; positions <= 1; positions++) {
            embedding(traffic, embedding, positions);
        }
    }

    private static void embedding(Traffic traffic, Embedding embedding, int positions) {
        Map<String, Long> sizes = extents(
                "rows",
                BATCH * LENGTH,
                "batch",
                BATCH,
                "length",
                LENGTH,
                "P",
                ELEMENTS,
                "M",
                WIDTH,
                "blocks",
                132,
                "positions",
                positions);
        Tensor tokens = traffic.floats(BATCH, LENGTH, ELEMENTS);
        Tensor weight = traffic.floats(WIDTH, ELEMENTS);
        Tensor bias = traffic.floats(WIDTH);
        Tensor places = positions == 1 ? traffic.floats(LENGTH, WIDTH) : null;
        Tensor y = traffic.floats(BATCH, LENGTH, WIDTH);
        traffic.count(
                new BytesMoved()
                        .kernel("embedding_forward_f32", "4 (rows (P + M) + M P + M + length M [positions])", sizes),
                () -> embedding.forward(tokens, weight, bias, places, y));
        BytesMoved backward = new BytesMoved()
                .kernel(
                        "embedding_backward_f32",
                        "4 (batch length (P + M) + blocks (M P + M + length M [positions]))",
                        sizes);
        sum(backward, WIDTH * ELEMENTS);
        sum(backward, WIDTH);
        if (positions == 1) {
            sum(backward, LENGTH * WIDTH);
        }
        traffic.count(backward, () -> embedding.backward(tokens, y, weight, bias, places));
    }

    private static void sum(BytesMoved backward, int n) {
        backward.kernel(
                "reduce_columns_add_f32", "4 (count n + 2 n + n [a_log])", extents("count", 132, "n", n, "a_log", 0));
    }
}
