package io.mambapkd.nn;

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

    /** @param suffix what the names {@code A_log} and {@code D} become: {@code ""}, or {@code "_b"} for the reverse scan */
    ScanCore(LayerPlan plan, String suffix, ScanOps.Direction direction, int batch, int length, MixerSpec spec) {
        int channels = spec.innerWidth();
        backend = plan.backend();
        options = new ScanOps.Options(direction, Activation.SOFTPLUS, 1);
        aLog = plan.parameter("A" + suffix + "_log", Decay.YES, ScanCore::logarithms, channels, spec.stateSize());
        skip = plan.parameter("D" + suffix, Decay.NO, Initializer.constant(1f), channels);
        a = plan.tensor("A" + suffix, channels, spec.stateSize());
        dA = plan.tensor("dA" + suffix, channels, spec.stateSize());
        int saved = ScanOps.savedStates(length);
        states = saved == 0 ? null : plan.tensor("h" + suffix, batch, saved, channels, spec.stateSize());
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
