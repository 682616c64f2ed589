package io.mambapkd.nn.mamba;

import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Activation;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One selective scan in one direction with the weights that are its own: A (as A_log) and D. */
final class ScanCore {
    private final Backend backend;
    private final ScanOps.Options options;
    private final Parameter aLog;
    private final Parameter skip;
    private final Tensor a;
    private final Tensor dA;
    /** States within the sequence, from the forward pass of a training to the backward pass; null where there are none. */
    private final @Nullable Tensor states;

    /** @param suffix what the names of its tensors end in: {@code ""}, or {@code "_b"} for the reverse scan */
    ScanCore(
            LayerPlan plan,
            String suffix,
            Parameter aLog,
            Parameter skip,
            ScanOps.Direction direction,
            int batch,
            int length,
            MixerSpec spec) {
        backend = plan.backend();
        options = new ScanOps.Options(direction, Activation.SOFTPLUS, 1);
        this.aLog = aLog;
        this.skip = skip;
        a = plan.tensor("A" + suffix, spec.innerWidth(), spec.stateSize());
        dA = plan.tensor("dA" + suffix, spec.innerWidth(), spec.stateSize());
        states = planStates(plan, suffix, batch, length, spec);
    }

    /** The scan from the last token to the first, with weights of its own. */
    static ScanCore reverse(LayerPlan plan, int batch, int length, MixerSpec spec) {
        String suffix = "_b";
        return new ScanCore(
                plan,
                suffix,
                declareDecay(plan, suffix, spec),
                declareSkip(plan, suffix, spec),
                ScanOps.Direction.REVERSE,
                batch,
                length,
                spec);
    }

    /** Declares A_log (D, N), or A_b_log. */
    static Parameter declareDecay(LayerPlan plan, String suffix, MixerSpec spec) {
        return plan.parameter(
                "A" + suffix + "_log", Decay.YES, ScanCore::logarithms, spec.innerWidth(), spec.stateSize());
    }

    /** Declares D (D), or D_b. */
    static Parameter declareSkip(LayerPlan plan, String suffix, MixerSpec spec) {
        return plan.parameter("D" + suffix, Decay.NO, Initializer.constant(1f), spec.innerWidth());
    }

    /** Memory for the states within the sequences of a batch; null where there are none to be kept. */
    static @Nullable Tensor planStates(LayerPlan plan, String suffix, int batch, int length, MixerSpec spec) {
        int saved = ScanOps.savedStates(length);
        return saved == 0 ? null : plan.tensor("h" + suffix, batch, saved, spec.innerWidth(), spec.stateSize());
    }

    /** A_log[d, n] = log(n + 1), the reference's S4D-real start. */
    private static float[] logarithms(io.mambapkd.tensor.Shape shape, Initializer.Draws draws) {
        float[] values = new float[Math.toIntExact(shape.elements())];
        int states = shape.last();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) StrictMath.log(i % states + 1);
        }
        return values;
    }

    /** Tensors that the scans of a block share; {@code b} and {@code c} may be column views. */
    record Shared(Tensor u, Tensor delta, Tensor b, Tensor c, Tensor z, Parameter deltaBias) {}

    /** Gradients of {@link Shared}, all overwritten. */
    record SharedGradients(Tensor du, Tensor dDelta, Tensor dB, Tensor dC, Tensor dZ) {}

    void forward(Shared shared, Tensor y, Mode mode) {
        backend.scan().decay(aLog.value(), a);
        backend.scan().forward(options, inputs(shared), y, null, mode == Mode.TRAINING ? states : null);
    }

    void backward(Shared shared, Tensor dy, SharedGradients gradients) {
        backend.zero(dA);
        backend.scan()
                .backward(
                        options,
                        inputs(shared),
                        dy,
                        states,
                        new ScanOps.Gradients(
                                gradients.du(),
                                gradients.dDelta(),
                                dA,
                                gradients.dB(),
                                gradients.dC(),
                                skip.gradient(),
                                gradients.dZ(),
                                shared.deltaBias().gradient()));
        backend.scan().decayGradient(a, dA, aLog.gradient());
    }

    private ScanOps.Inputs inputs(Shared shared) {
        return new ScanOps.Inputs(
                shared.u(),
                shared.delta(),
                a,
                shared.b(),
                shared.c(),
                skip.value(),
                shared.z(),
                shared.deltaBias().value());
    }
}
