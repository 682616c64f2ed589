package io.mambapkd.validate;

import io.mambapkd.ops.BlockOps.Mixing;
import io.mambapkd.ops.BlockOps.MixingGradients;
import io.mambapkd.ops.BlockOps.MixingInputs;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Direction;
import io.mambapkd.tensor.Tensor;
import java.util.List;

/** The scan with its step sizes and its decay: in one kernel where the backend has it, else one by one. */
final class MixingOperations {
    private static final int[] BATCHES = {1, 2, 3, 5};
    private static final int[] LENGTHS = {1, 2, 3, 4, 14, 28, 51, 52, 53, 64, 105};
    private static final int[] CHANNELS = {4, 8, 16, 32, 36, 64, 96, 132, 260};
    private static final int[] STATES = {1, 3, 4, 7, 8, 8, 12, 16, 16};
    private static final int[] RANKS = {1, 1, 2, 3, 4, 5, 8};

    private MixingOperations() {}

    static List<Operation> all() {
        return List.of(Operation.inBothTypes("mixing", MixingOperations::mixing));
    }

    private static void mixing(Trial t) {
        t.alignColumns();
        int batch = t.extent("B", BATCHES);
        int length = t.extent("L", LENGTHS);
        int channels = t.extent("D", CHANNELS);
        int states = t.extent("N", STATES);
        int rank = t.extent("R", RANKS);
        Direction direction = t.choose(Direction.values());
        MixingInputs in = new MixingInputs(
                t.activations(-1, 1, batch, length, channels),
                t.uniform(-1, 1, batch, length, rank + 2 * states),
                t.uniform(-1, 1, channels, rank),
                t.uniform(-5, 0.5, channels),
                t.uniform(-2, 1.4, channels, states),
                t.uniform(-1, 1, channels),
                t.activationColumns(-3, 3, batch, length, channels));
        Mixing mixing = t.backend()
                .block()
                .mixing(length, channels, states, rank, in.u().dtype())
                .orElseGet(() -> new SeparateMixing(t.backend(), t::zeros));
        Tensor y = t.unwrittenActivations(batch, length, channels);
        int saved = ScanOps.savedStates(length);
        Tensor within = saved > 0 ? t.unwritten(batch, saved, channels, states) : null;
        mixing.forward(direction, in, y, within);
        long terms = (long) length * (states + rank);
        t.activation("y", y, terms);
        if (within != null) {
            t.result("states", within, (long) length * rank);
        }
        Tensor dy = t.activations(-1, 1, batch, length, channels);
        MixingGradients out = new MixingGradients(
                t.unwrittenActivations(batch, length, channels),
                t.unwritten(batch, length, rank + 2 * states),
                t.uniform(-1, 1, channels, rank),
                t.uniform(-1, 1, channels),
                t.uniform(-1, 1, channels, states),
                t.uniform(-1, 1, channels),
                t.unwrittenActivationColumns(batch, length, channels));
        boolean given =
                within != null && t.choose("states given", "states recomputed").equals("states given");
        mixing.backward(direction, in, dy, given ? within : null, out);
        t.activation("du", out.du(), terms);
        t.result("dProjected", out.dProjected(), terms * channels);
        t.sum("dDtWeight", out.dDtWeight(), batch * terms);
        t.sum("dDtBias", out.dDtBias(), batch * terms);
        t.sum("dALog", out.dALog(), (long) batch * length * length);
        t.sum("dSkip", out.dSkip(), (long) batch * length);
        t.activation("dZ", out.dZ(), terms);
    }
}
