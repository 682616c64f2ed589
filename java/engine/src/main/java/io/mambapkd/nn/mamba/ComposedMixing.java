package io.mambapkd.nn.mamba;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.nn.Parameter;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.Write;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** {@code dt_proj}, the decay and one or two scans, one after the other. */
final class ComposedMixing implements SelectiveMixing {
    private final Backend backend;
    private final int rank;
    private final int states;
    private final Projection dtProjection;
    private final Parameter dtBias;
    private final ScanCore scan;
    private final @Nullable Reverse reverse;
    /** (B, L, D). */
    private final Tensor delta;

    private final Tensor dDelta;

    /** The second scan and where its results go before they are added. */
    private record Reverse(ScanCore scan, Tensor y, Tensor du, Tensor dDelta, Tensor dStates, Tensor dZ) {}

    ComposedMixing(LayerPlan plan, Weights weights, MixerSpec spec, int batch, int length) {
        backend = plan.backend();
        rank = spec.dtRank();
        states = spec.stateSize();
        int channels = spec.innerWidth();
        dtProjection = Projection.of(plan, weights.dtWeight());
        dtBias = weights.dtBias();
        scan = new ScanCore(plan, "", weights.aLog(), weights.skip(), ScanOps.Direction.FORWARD, batch, length, spec);
        delta = plan.tensor("delta", batch, length, channels);
        dDelta = plan.tensor("d delta", batch, length, channels);
        reverse = spec.direction() == MixerSpec.Direction.FORWARD
                ? null
                : new Reverse(
                        ScanCore.reverse(plan, batch, length, spec),
                        plan.activation("y_b", batch, length, channels),
                        plan.activation("du_b", batch, length, channels),
                        plan.tensor("d delta_b", batch, length, channels),
                        plan.tensor("d BC_b", batch, length, 2 * states),
                        plan.activation("dz_b", batch, length, channels));
    }

    private ScanCore.Shared shared(Inputs inputs) {
        Tensor projected = inputs.projected();
        return new ScanCore.Shared(
                inputs.u(),
                delta,
                projected.columns(rank, states),
                projected.columns(rank + states, states),
                inputs.z(),
                dtBias);
    }

    @Override
    public void forward(Inputs inputs, Tensor y, Mode mode) {
        dtProjection.forward(inputs.projected().columns(0, rank), delta);
        ScanCore.Shared shared = shared(inputs);
        scan.forward(shared, y, mode);
        if (reverse != null) {
            reverse.scan().forward(shared, reverse.y(), mode);
            backend.pointwise().add(y, reverse.y(), y);
        }
    }

    @Override
    public void backward(Inputs inputs, Tensor dy, Gradients gradients) {
        ScanCore.Shared shared = shared(inputs);
        Tensor dStates = gradients.dProjected().columns(rank, 2 * states);
        scan.backward(shared, dy, scanGradients(gradients.du(), dDelta, dStates, gradients.dZ()));
        if (reverse != null) {
            reverse.scan()
                    .backward(
                            shared, dy, scanGradients(reverse.du(), reverse.dDelta(), reverse.dStates(), reverse.dZ()));
            backend.pointwise().add(gradients.du(), reverse.du(), gradients.du());
            backend.pointwise().add(dDelta, reverse.dDelta(), dDelta);
            backend.pointwise().add(dStates, reverse.dStates(), dStates);
            backend.pointwise().add(gradients.dZ(), reverse.dZ(), gradients.dZ());
        }
        dtProjection.parameterGradients(inputs.projected().columns(0, rank), dDelta);
        dtProjection.inputGradient(
                dDelta, Write.OVERWRITE, gradients.dProjected().columns(0, rank));
    }

    private ScanCore.SharedGradients scanGradients(Tensor du, Tensor dDeltas, Tensor dStates, Tensor dZ) {
        return new ScanCore.SharedGradients(
                du, dDeltas, dStates.columns(0, states), dStates.columns(states, states), dZ);
    }
}
