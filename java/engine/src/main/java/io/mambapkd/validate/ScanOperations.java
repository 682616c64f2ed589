package io.mambapkd.validate;

import static java.util.Objects.requireNonNull;

import io.mambapkd.ops.Activation;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;

/** The selective scan with its gradients, and the decay. */
final class ScanOperations {
    private static final int[] BATCHES = {1, 2, 3, 5};
    private static final int[] LENGTHS = {1, 2, 3, 4, 5, 14, 16, 28, 31, 33, 49, 65};
    private static final int[] CHANNELS = {1, 3, 16, 31, 32, 33, 64, 70, 130};
    private static final int[] STATES = {1, 2, 3, 4, 8, 12, 16, 20};
    private static final int[] LENGTHS_OF_SEGMENTS = {1, 2, 3, 28, 51, 52, 53, 54, 105};
    private static final int[] CHANNELS_OF_PAIRS = {4, 8, 16, 32, 36, 64, 132, 260};
    private static final int[] STATES_OF_PAIRS = {1, 3, 4, 7, 8, 8, 12, 16, 16};

    /** More states are taken as many at a time. */
    private static final int STATES_OF_A_PASS = 16;

    /** Then what they add to is rounded each time, and may be larger than what comes out. */
    private static final int ROUNDINGS_OF_PASSES = 4;

    private ScanOperations() {}

    static void scan(Trial t) {
        scan(t, LENGTHS, CHANNELS, STATES);
    }

    /** Channels in aligned pairs, of sequences about as long as a segment: what CUDA has kernels of its own for. */
    static void scanOfPairs(Trial t) {
        t.alignColumns();
        scan(t, LENGTHS_OF_SEGMENTS, CHANNELS_OF_PAIRS, STATES_OF_PAIRS);
    }

    private static void scan(Trial t, int[] lengths, int[] widths, int[] numbersOfStates) {
        int batch = t.extent("B", BATCHES);
        int length = t.extent("L", lengths);
        int channels = t.extent("D", widths);
        int groups = channels % 2 == 0 ? t.extent("G", 1, 1, 2) : 1;
        int states = t.extent("N", numbersOfStates);
        ScanOps.Options options = new ScanOps.Options(
                t.choose(ScanOps.Direction.values()), t.choose(Activation.SOFTPLUS, Activation.IDENTITY), groups);
        String extras = t.choose(
                "with z, Dskip and bias", "with z, Dskip and bias", "with z", "with Dskip", "with bias", "bare");
        boolean skips = extras.contains("Dskip");
        boolean gated = extras.contains("z");
        boolean biased = extras.contains("bias");
        // Steps from next to nothing to where softplus is a straight line, with states that are forgotten at once; or
        // the usual ones.
        boolean extreme = t.choose("usual", "usual", "extreme").equals("extreme")
                && !(t.activationType() == DType.BF16 && states > STATES_OF_A_PASS);
        // Where delta is not activated, steps are positive, so that states do not explode.
        double low = options.deltaActivation() != Activation.SOFTPLUS ? 0.01 : extreme ? -20 : -5;
        ScanOps.Inputs in = new ScanOps.Inputs(
                t.activationColumns(-1, 1, batch, length, channels),
                t.uniform(low, extreme ? 25 : 0.5, batch, length, channels),
                t.uniform(extreme ? -30 : -4, -0.1, channels, states),
                t.uniformColumns(-1, 1, batch, length, groups * states),
                t.uniformColumns(-1, 1, batch, length, groups * states),
                skips ? t.uniform(-1, 1, channels) : null,
                gated ? t.activationColumns(-3, 3, batch, length, channels) : null,
                biased ? t.uniform(0, 0.2, channels) : null);
        Tensor y = t.unwrittenActivationColumns(batch, length, channels);
        boolean wanted = t.choose("last state", "last state", "y alone").equals("last state");
        Tensor lastState = wanted ? t.unwritten(batch, channels, states) : null;
        int saved = ScanOps.savedStates(length);
        Tensor within = saved > 0 ? t.unwritten(batch, saved, channels, states) : null;
        t.backend().scan().forward(options, in, y, lastState, within);
        long terms = (long) length * states;
        int roundings = states > STATES_OF_A_PASS ? ROUNDINGS_OF_PASSES : 1;
        t.activation("y", y, roundings, terms);
        if (lastState != null) {
            t.result("lastState", lastState, length);
        }
        if (within != null) {
            t.result("states", within, length);
        }
        Tensor dy = t.activationColumns(-1, 1, batch, length, channels);
        ScanOps.Gradients out = new ScanOps.Gradients(
                t.unwrittenActivationColumns(batch, length, channels),
                t.unwritten(batch, length, channels),
                t.uniform(-1, 1, channels, states),
                t.unwrittenColumns(batch, length, groups * states),
                t.unwrittenColumns(batch, length, groups * states),
                skips ? t.uniform(-1, 1, channels) : null,
                gated ? t.unwrittenActivationColumns(batch, length, channels) : null,
                biased ? t.uniform(-1, 1, channels) : null);
        boolean given =
                within != null && t.choose("states given", "states recomputed").equals("states given");
        t.backend().scan().backward(options, in, dy, given ? within : null, out);
        t.activation("du", out.du(), roundings, terms);
        t.result("dDelta", out.dDelta(), terms);
        t.sum("dA", out.dA(), (long) batch * length * length);
        // Terms of extreme steps are up to 25, and those of all channels may all but cancel.
        if (extreme) {
            t.sum("dB", out.dB(), (long) length * channels);
            t.sum("dC", out.dC(), (long) length * channels);
        } else {
            t.result("dB", out.dB(), (long) length * channels);
            t.result("dC", out.dC(), (long) length * channels);
        }
        if (skips) {
            t.sum("dDskip", requireNonNull(out.dDSkip()), (long) batch * length);
        }
        if (gated) {
            t.activation("dZ", requireNonNull(out.dZ()), roundings, terms);
        }
        if (biased) {
            t.sum("dBias", requireNonNull(out.dDeltaBias()), batch * terms);
        }
    }

    static void decay(Trial t) {
        int channels = t.extent("D", CHANNELS);
        int states = t.extent("N", STATES);
        Tensor aLog = t.uniform(-2, 3, channels, states);
        Tensor a = t.unwritten(channels, states);
        t.backend().scan().decay(aLog, a);
        t.result("a", a, 1);
        Tensor dALog = t.uniform(-1, 1, channels, states);
        t.backend().scan().decayGradient(a, t.uniform(-1, 1, channels, states), dALog);
        t.sum("dALog", dALog, 1);
    }
}
