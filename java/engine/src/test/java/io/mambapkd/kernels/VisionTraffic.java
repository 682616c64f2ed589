package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.BatchNormOps;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.PoolOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The layers of the teacher. Extents give several rows of partial sums wherever the launcher makes several. */
final class VisionTraffic {
    private VisionTraffic() {}

    private static final String MERGED = "8 chunks columns + 8 columns + 8 columns [dweight] + 8 columns [dbias]";

    static void pool(Traffic traffic) {
        PoolOps ops = traffic.backend.pool();
        for (DType dtype : Traffic.ACTIVATIONS) {
            String type = Traffic.ending(dtype);
            Tensor x = traffic.numbers(dtype, 2, 5, 7, 3);
            Tensor y = traffic.numbers(dtype, 2, 2, 3, 3);
            Map<String, Long> image = extents("B", 2, "H", 5, "W", 7, "C", 3, "Ho", 2, "Wo", 3, "E", dtype.bytes());
            traffic.count(
                    new BytesMoved().kernel("max_pool_forward" + type, "5 E B Ho Wo C", image),
                    () -> ops.maxPool2x2(x, y));
            Tensor dx = traffic.numbers(dtype, 2, 5, 7, 3);
            traffic.count(
                    new BytesMoved().kernel("max_pool_backward" + type, "5 E B Ho Wo C + E B H W C", image),
                    () -> ops.maxPool2x2Gradient(x, y, dx));
            PoolOps.Windows windows = new PoolOps.Windows(3, 2);
            Tensor maxima = traffic.numbers(dtype, 2, 1, 3, 3);
            Map<String, Long> ofWindows = extents(
                    "B", 2, "H", 5, "W", 7, "C", 3, "Ho", 1, "Wo", 3, "height", 3, "width", 2, "E", dtype.bytes());
            traffic.count(
                    new BytesMoved()
                            .kernel(
                                    "max_pool_window_forward" + type,
                                    "E B Ho Wo C height width + E B Ho Wo C",
                                    ofWindows),
                    () -> ops.maxPool(windows, x, maxima));
            traffic.count(
                    new BytesMoved().kernel("max_pool_window_backward" + type, "E B Ho Wo C + 2 E B H W C", ofWindows),
                    () -> ops.maxPoolGradient(windows, x, maxima, dx));
            Tensor mean = traffic.floats(2, 3);
            Map<String, Long> rows =
                    extents("rows", 70, "columns", 3, "chunk_rows", 35, "B", 2, "L", 35, "M", 3, "E", dtype.bytes());
            traffic.count(
                    new BytesMoved()
                            .kernel(
                                    "pointwise_column_sums" + type,
                                    "E rows columns + 4 ceil(rows / chunk_rows) columns",
                                    rows),
                    () -> ops.globalAveragePool(x, mean));
            traffic.count(
                    new BytesMoved().kernel("pointwise_mean_gradient" + type, "E B L M + 4 B M", rows),
                    () -> ops.globalAveragePoolGradient(mean, dx));
        }
    }

    static void batchNorm(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            batchNorm(traffic, dtype);
        }
    }

    private static void batchNorm(Traffic traffic, DType dtype) {
        // Three chunks of 128 rows; rows that 128 blocks of 64 rows a thread do not hold, in 1024 chunks of 1026.
        batchNorm(traffic, dtype, 300, 5, 128, List.of(Activation.values()));
        batchNorm(traffic, dtype, 1_050_000, 2, 1026, List.of(Activation.RELU));
    }

    private static void batchNorm(
            Traffic traffic, DType dtype, int rows, int columns, int chunkRows, List<Activation> activations) {
        BatchNormOps ops = traffic.backend.batchNorm();
        int chunks = (rows + chunkRows - 1) / chunkRows;
        boolean few = chunks <= 128;
        Tensor x = traffic.numbers(dtype, rows, columns);
        Tensor y = traffic.numbers(dtype, rows, columns);
        Tensor dy = traffic.numbers(dtype, rows, columns);
        Tensor dx = traffic.numbers(dtype, rows, columns);
        Tensor mean = traffic.floats(columns);
        Tensor variance = traffic.floats(columns);
        BatchNormOps.Channels channels = new BatchNormOps.Channels(
                traffic.floats(columns), traffic.floats(columns), traffic.floats(columns), traffic.floats(columns));
        Tensor dWeight = traffic.floats(columns);
        Tensor dBias = traffic.floats(columns);
        Map<String, Long> all = extents(
                "rows",
                rows,
                "columns",
                columns,
                "chunk_rows",
                chunkRows,
                "chunks",
                chunks,
                "moments",
                1,
                "sums",
                1,
                "dweight",
                1,
                "dbias",
                1,
                "E",
                dtype.bytes());
        Map<String, Long> alone = new HashMap<>(all);
        alone.putAll(extents("moments", 0, "sums", 0, "dweight", 0, "dbias", 0));
        Map<String, Long> total = new HashMap<>(alone);
        total.putAll(extents("sums", 1, "chunks", 1));
        for (Activation activation : activations) {
            if (activation == Activation.SOFTPLUS || activation == Activation.GELU_TANH) {
                continue;
            }
            BatchNormOps.Options options = new BatchNormOps.Options(1e-5f, 0.1f, activation);
            String name = "_" + activation.name().toLowerCase(Locale.ROOT) + Traffic.ending(dtype);
            boolean plain = activation == Activation.IDENTITY;
            String normalised = "batch_norm_forward" + name;
            String forward = "2 E rows columns + 16 columns + (8 chunks columns + 16 columns) [moments]";
            BytesMoved training = new BytesMoved()
                    .kernel(
                            "batch_norm_moments" + Traffic.ending(dtype),
                            "E rows columns + 8 ceil(rows / chunk_rows) columns",
                            all);
            if (few) {
                training.kernel(normalised, forward, all);
            } else {
                training.kernel("batch_norm_statistics_f32", "8 chunks columns + 24 columns", all)
                        .kernel(normalised, forward, alone);
            }
            traffic.count(training, () -> ops.forwardTraining(options, x, channels, mean, variance, y));
            traffic.count(
                    new BytesMoved().kernel(normalised, forward, alone),
                    () -> ops.forwardInference(options, x, channels, y));
            String sums =
                    "2 E rows columns + 8 ceil(rows / chunk_rows) columns + " + (plain ? "8 columns" : "16 columns");
            String input = "batch_norm_backward" + name;
            String backward = "3 E rows columns + " + (plain ? "12 columns" : "16 columns")
                    + " + 8 chunks columns [sums] + 8 columns [dweight] + 8 columns [dbias]";
            BytesMoved gradients = new BytesMoved().kernel("batch_norm_gradient_sums" + name, sums, all);
            if (few) {
                gradients.kernel(input, backward, all);
            } else {
                gradients.kernel("batch_norm_gradient_merge_f32", MERGED, all).kernel(input, backward, total);
            }
            traffic.count(
                    gradients,
                    () -> ops.backwardTraining(options, x, y, channels, mean, variance, dy, dx, dWeight, dBias));
            traffic.count(
                    new BytesMoved()
                            .kernel("batch_norm_gradient_sums" + name, sums, all)
                            .kernel("batch_norm_gradient_merge_f32", MERGED, all)
                            .kernel(input, backward, alone),
                    () -> ops.backwardInference(options, x, y, channels, dy, dx, dWeight, dBias));
        }
    }

    /** What stands around cuDNN's convolutions. */
    static void filterLayout(Traffic traffic) {
        Conv2dOps ops = traffic.backend.conv2d();
        Conv2dOps.Options options = new Conv2dOps.Options(3, 1, 1);
        for (DType dtype : Traffic.ACTIVATIONS) {
            Tensor x = traffic.numbers(dtype, 2, 5, 4, 3);
            Tensor weight = traffic.numbers(dtype, 7, 3, 3, 3);
            Tensor dWeight = traffic.floats(7, 3, 3, 3);
            Tensor y = traffic.numbers(dtype, 2, 5, 4, 7);
            Map<String, Long> filter = extents("n", 7 * 3 * 9, "E", dtype.bytes());
            traffic.count(
                    new BytesMoved().kernel("filter_channels_last" + Traffic.ending(dtype), "2 E n", filter),
                    () -> ops.forward(options, x, weight, null, y));
            traffic.count(
                    new BytesMoved().kernel("filter_gradient_add" + Traffic.ending(dtype), "8 n + E n", filter),
                    () -> ops.backwardWeights(options, x, y, dWeight, null));
        }
    }
}
