package io.mambapkd.kernels;

import static io.mambapkd.kernels.BytesMoved.extents;

import io.mambapkd.ops.BlockOps.Mixing;
import io.mambapkd.ops.BlockOps.MixingGradients;
import io.mambapkd.ops.BlockOps.MixingInputs;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import java.util.Map;

/** Bytes that the scan with its step sizes and its decay moves. */
final class MixingTraffic {
    private static final int BATCH = 2;

    private MixingTraffic() {}

    static void mixing(Traffic traffic) {
        for (DType dtype : Traffic.ACTIVATIONS) {
            // Four samples side by side in a block, of which two are there.
            scan(traffic, dtype, "n8", new Extents(6, 32, 5, 1, 4, 1));
            // A block for each sample, and several segments.
            scan(traffic, dtype, "n8", new Extents(105, 128, 8, 3, 2, 1));
            // Chunks of 64 channels.
            scan(traffic, dtype, "n16", new Extents(64, 130, 9, 8, 2, 3));
        }
    }

    /**
     * @param rows partial rows
     * @param chunks of channels
     */
    private record Extents(int length, int channels, int states, int rank, int rows, int chunks) {}

    private static void scan(Traffic traffic, DType dtype, String entry, Extents e) {
        int saved = ScanOps.savedStates(e.length);
        int columns = e.rank + 2 * e.states;
        MixingInputs in = new MixingInputs(
                traffic.numbers(dtype, BATCH, e.length, e.channels),
                traffic.floats(BATCH, e.length, columns),
                traffic.floats(e.channels, e.rank),
                traffic.floats(e.channels),
                traffic.floats(e.channels, e.states),
                traffic.floats(e.channels),
                traffic.numbers(dtype, BATCH, e.length, e.channels));
        Mixing mixing = traffic.backend
                .block()
                .mixing(e.length, e.channels, e.states, e.rank, dtype)
                .orElseThrow();
        Tensor y = traffic.numbers(dtype, BATCH, e.length, e.channels);
        Tensor states = saved > 0 ? traffic.floats(BATCH, saved, e.channels, e.states) : null;
        traffic.count(
                new BytesMoved()
                        .kernel(
                                "mixing_fwd_" + entry + Traffic.ending(dtype),
                                "3 E B L D + 4 (B L (R + 2 N) + D (N + R + 2) + [saved] B D N S)",
                                sizes(e, dtype, 0)),
                () -> mixing.forward(Direction.FORWARD, in, y, states));
        MixingGradients out = new MixingGradients(
                traffic.numbers(dtype, BATCH, e.length, e.channels),
                traffic.floats(BATCH, e.length, columns),
                traffic.floats(e.channels, e.rank),
                traffic.floats(e.channels),
                traffic.floats(e.channels, e.states),
                traffic.floats(e.channels),
                traffic.numbers(dtype, BATCH, e.length, e.channels));
        for (int recompute = 1; recompute >= 0; recompute--) {
            BytesMoved expected = new BytesMoved()
                    .kernel(
                            "mixing_bwd_" + entry + Traffic.ending(dtype),
                            "5 E B L D + 4 ((2 + [chunks]) B L (R + 2 N) + (1 + rows) D (N + R + 2) + [again] rows D (R + 1) + (1 + [recompute]) S B D N)",
                            sizes(e, dtype, recompute));
            add(expected, e, e.channels * e.states, 1);
            add(expected, e, e.channels, 0);
            add(expected, e, e.channels, 0);
            add(expected, e, e.channels * e.rank, 0);
            Tensor given = recompute == 1 ? null : states;
            traffic.count(expected, () -> mixing.backward(Direction.FORWARD, in, y, given, out));
        }
    }

    private static Map<String, Long> sizes(Extents e, DType dtype, int recompute) {
        int saved = ScanOps.savedStates(e.length);
        return extents(
                "B",
                BATCH,
                "L",
                e.length,
                "D",
                e.channels,
                "N",
                e.states,
                "R",
                e.rank,
                "S",
                saved,
                "saved",
                saved > 0 ? 1 : 0,
                "rows",
                e.rows,
                "chunks",
                e.chunks > 1 ? 1 : 0,
                "again",
                saved > 0 ? 1 : 0,
                "recompute",
                recompute,
                "E",
                dtype.bytes());
    }

    private static void add(BytesMoved expected, Extents e, int elements, int logarithms) {
        expected.kernel(
                "reduce_columns_add_f32",
                "4 (count n + 2 n + n [a_log])",
                extents("count", e.rows, "n", elements, "a_log", logarithms));
    }
}
