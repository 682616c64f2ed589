package io.mambapkd.nn;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * From u to y by one or two selective scans: {@code x_proj} makes (dt, B, C) of u, {@code dt_proj} makes delta of dt. Two scans share all of these, and
 * their results are added.
 */
final class SelectiveMixing {
    private static final double SMALLEST_DT = 0.01;
    private static final double LARGEST_DT = 0.5;

    private final Backend backend;
    private final int rank;
    private final int states;
    private final Projection xProjection;
    private final Projection dtProjection;
    private final Parameter dtBias;
    private final ScanCore scan;
    private final @Nullable Reverse reverse;
    /** (B, L, R + 2N): dt, B, C. */
    private final Tensor projected;

    private final Tensor dProjected;
    private final Factor dProjectedFactor;
    /** (B, L, D). */
    private final Tensor delta;

    private final Tensor dDelta;

    /** The second scan and where its results go before they are added. */
    private record Reverse(ScanCore scan, Tensor y, Tensor du, Tensor dDelta, Tensor dStates, Tensor dZ) {}

    SelectiveMixing(LayerPlan plan, MixerSpec spec, int batch, int length) {
        backend = plan.backend();
        rank = spec.dtRank();
        states = spec.stateSize();
        int channels = spec.innerWidth();
        xProjection = Projection.declare(plan, "x_proj", rank + 2 * states, channels, Linear.Bias.NO);
        // U(+-R^-0.5), which keeps the variance of dt; the bias is the inverse softplus of the first dt.
        dtProjection = Projection.declare(plan, "dt_proj", channels, rank, Initializer.uniform(1 / Math.sqrt(rank)));
        dtBias = plan.child("dt_proj").parameter("bias", Decay.NO, SelectiveMixing::inverseSoftplusOfDt, channels);
        scan = new ScanCore(plan, "", ScanOps.Direction.FORWARD, batch, length, spec);
        projected = plan.tensor("x_dbl", batch, length, rank + 2 * states);
        dProjected = plan.tensor("d x_dbl", batch, length, rank + 2 * states);
        dProjectedFactor = Factor.plan(plan, "d x_dbl factor", batch, length, rank + 2 * states);
        delta = plan.tensor("delta", batch, length, channels);
        dDelta = plan.tensor("d delta", batch, length, channels);
        reverse = spec.direction() == MixerSpec.Direction.FORWARD
                ? null
                : new Reverse(
                        new ScanCore(plan, "_b", ScanOps.Direction.REVERSE, batch, length, spec),
                        plan.activation("y_b", batch, length, channels),
                        plan.activation("du_b", batch, length, channels),
                        plan.tensor("d delta_b", batch, length, channels),
                        plan.tensor("d BC_b", batch, length, 2 * states),
                        plan.activation("dz_b", batch, length, channels));
    }

    /** dt log-uniform in [0.01, 0.5]: the reference's 0.001 to 0.1 is too slow for sequences of 7 to 28 tokens. */
    private static float[] inverseSoftplusOfDt(Shape shape, Initializer.Draws draws) {
        float[] values = new float[Math.toIntExact(shape.elements())];
        double low = StrictMath.log(SMALLEST_DT);
        double high = StrictMath.log(LARGEST_DT);
        for (int i = 0; i < values.length; i++) {
            double dt = StrictMath.exp(low + (high - low) * draws.uniform(i, 0f, 1f));
            values[i] = (float) (dt + StrictMath.log(-StrictMath.expm1(-dt)));
        }
        return values;
    }

    private ScanCore.Shared shared(Tensor u, Tensor z) {
        return new ScanCore.Shared(
                u, delta, projected.columns(rank, states), projected.columns(rank + states, states), z, dtBias);
    }

    /** Overwrites {@code y} (B, L, D). */
    void forward(Tensor u, Tensor z, Tensor y, Mode mode) {
        xProjection.forward(u, projected);
        dtProjection.forward(projected.columns(0, rank), delta);
        ScanCore.Shared shared = shared(u, z);
        scan.forward(shared, y, mode);
        if (reverse != null) {
            reverse.scan().forward(shared, reverse.y(), mode);
            backend.pointwise().add(y, reverse.y(), y);
        }
    }

    /** Overwrites {@code du} and {@code dZ} (B, L, D). */
    void backward(Tensor u, Tensor z, Tensor dy, Tensor du, Tensor dZ) {
        ScanCore.Shared shared = shared(u, z);
        Tensor dStates = dProjected.columns(rank, 2 * states);
        scan.backward(shared, dy, gradients(du, dDelta, dStates, dZ));
        if (reverse != null) {
            reverse.scan()
                    .backward(shared, dy, gradients(reverse.du(), reverse.dDelta(), reverse.dStates(), reverse.dZ()));
            backend.pointwise().add(du, reverse.du(), du);
            backend.pointwise().add(dDelta, reverse.dDelta(), dDelta);
            backend.pointwise().add(dStates, reverse.dStates(), dStates);
            backend.pointwise().add(dZ, reverse.dZ(), dZ);
        }
        dtProjection.parameterGradients(projected.columns(0, rank), dDelta);
        dtProjection.inputGradient(dDelta, Write.OVERWRITE, dProjected.columns(0, rank));
        Tensor dParts = dProjectedFactor.of(dProjected);
        xProjection.parameterGradients(u, dParts);
        xProjection.inputGradient(dParts, Write.ADD, du);
    }

    private ScanCore.SharedGradients gradients(Tensor du, Tensor dDeltas, Tensor dStates, Tensor dZ) {
        return new ScanCore.SharedGradients(
                du, dDeltas, dStates.columns(0, states), dStates.columns(states, states), dZ);
    }
}
