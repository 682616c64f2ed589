package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Bytes that {@code selective_scan_tile.cu} moves. */
final class ScanTileTraffic {
    private static final int BATCH = 2;

    private ScanTileTraffic() {}

    static void selectiveScanTile(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            scan(traffic, dtype, "n8_w1", 5, 12, 7);
            scan(traffic, dtype, "n8_w2", 8, 60, 53);
            scan(traffic, dtype, "n8_w4", 8, 132, 6); // two chunks of 128 channels
            scan(traffic, dtype, "n16_w1", 9, 14, 105);
            scan(traffic, dtype, "n16_w2", 16, 32, 8);
            scan(traffic, dtype, "n16_w4", 16, 66, 6); // two chunks of 64 channels
        }
    }

    private static void scan(Traffic traffic, DType dtype, String entry, int states, int channels, int length) {
        int chunks = channels > 128 || channels > 64 && states > 8 ? 2 : 1;
        // The states after 52 and 104 steps.
        int saved = length > 104 ? 2 : length > 52 ? 1 : 0;
        ScanOps.Inputs in = new ScanOps.Inputs(
                traffic.numbers(dtype, BATCH, length, channels),
                traffic.floats(BATCH, length, channels),
                traffic.floats(channels, states),
                traffic.floats(BATCH, length, states),
                traffic.floats(BATCH, length, states),
                traffic.floats(channels),
                traffic.numbers(dtype, BATCH, length, channels),
                traffic.floats(channels));
        ScanOps.Gradients gradients = new ScanOps.Gradients(
                traffic.numbers(dtype, BATCH, length, channels),
                traffic.floats(BATCH, length, channels),
                traffic.floats(channels, states),
                traffic.floats(BATCH, length, states),
                traffic.floats(BATCH, length, states),
                traffic.floats(channels),
                traffic.numbers(dtype, BATCH, length, channels),
                traffic.floats(channels));
        Tensor dy = traffic.numbers(dtype, BATCH, length, channels);
        for (int recompute = 1; recompute >= 0; recompute--) {
            Map<String, Long> sizes = extents(
                    "B",
                    BATCH,
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
                    "chunks",
                    chunks,
                    "x",
                    BATCH,
                    "recompute",
                    recompute,
                    "E",
                    dtype.bytes());
            BytesMoved expected = new BytesMoved()
                    .kernel(
                            "selective_scan_tile_" + entry + Traffic.ending(dtype),
                            "(5 E + 8) B L D + 4 ((2 + 2 chunks) B L G N + (x + 1) (D N + 2 D) + (1 + [recompute]) S B D N)",
                            sizes)
                    .sumsOfRows(BATCH, channels * states, channels, channels);
            if (chunks > 1) {
                expected.kernel(
                        "selective_scan_bwd_chunks_f32",
                        "8 (chunks + 1) rows columns",
                        extents("chunks", chunks, "rows", BATCH * length, "columns", states));
            }
            Tensor given = recompute == 1 || saved == 0 ? null : traffic.floats(BATCH, saved, channels, states);
            traffic.count(
                    expected, () -> traffic.backend.scan().backward(ScanOps.Options.MAMBA, in, dy, given, gradients));
        }
    }
}
