package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.DistillationLossOps;
import io.mambapkd.ops.HeadOps;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Bytes that {@code head_loss.cu} moves. */
final class HeadTraffic {
    private static final int BATCH = 37;
    private static final int VALID = 34;

    private HeadTraffic() {}

    static void headLoss(Traffic traffic) {
        head(traffic, "k10", 28, 16, 10, 16);
        head(traffic, "k16", 14, 48, 12, 8);
    }

    private static void head(Traffic traffic, String entry, int tokens, int width, int classes, int tileRows) {
        int blocks = (BATCH + tileRows - 1) / tileRows;
        Map<String, Long> sizes = extents(
                "B",
                BATCH,
                "L",
                tokens,
                "M",
                width,
                "K",
                classes,
                "valid",
                VALID,
                "blocks",
                blocks,
                "ensemble",
                1,
                "teacher",
                1,
                "weights",
                1);
        BytesMoved expected = new BytesMoved()
                .kernel(
                        "head_loss_" + entry + "_f32",
                        "8 B L M + 4 (K L M + K + M) + 4 B K (1 + [ensemble] + [teacher]) + 4 valid (1 + [weights]) + 4 blocks (K L M + K + M + 5)",
                        sizes)
                .kernel("distillation_loss_statistics_f32", "20 count + 20", extents("count", blocks));
        for (int n : new int[] {classes * tokens * width, classes, width}) {
            expected.kernel(
                    "reduce_columns_add_f32",
                    "4 (count n + 2 n + n [a_log])",
                    extents("count", blocks, "n", n, "a_log", 0));
        }
        DistillationLossOps.Inputs inputs = new DistillationLossOps.Inputs(
                traffic.floats(BATCH, classes),
                traffic.floats(BATCH, classes),
                traffic.floats(BATCH, classes),
                traffic.ints(new int[BATCH]),
                traffic.floats(BATCH),
                VALID);
        Tensor x = traffic.floats(BATCH, tokens, width);
        Tensor dx = traffic.floats(BATCH, tokens, width);
        Tensor statistics = traffic.floats(DistillationLossOps.STATISTICS);
        HeadOps.Weights weights = weights(traffic, tokens, width, classes);
        HeadOps.Weights gradients = weights(traffic, tokens, width, classes);
        traffic.count(
                expected,
                () -> traffic.backend
                        .head()
                        .head(tokens, width, classes)
                        .orElseThrow()
                        .lossAndGradients(
                                x,
                                weights,
                                1e-5f,
                                new DistillationLossOps.Options(0.3, 4, 0.1, 0.5, 0.5),
                                inputs,
                                dx,
                                gradients,
                                statistics));
    }

    private static HeadOps.Weights weights(Traffic traffic, int tokens, int width, int classes) {
        return new HeadOps.Weights(
                traffic.floats(width), traffic.floats(classes, tokens * width), traffic.floats(classes));
    }
}
