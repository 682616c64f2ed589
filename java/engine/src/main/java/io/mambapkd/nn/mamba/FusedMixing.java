package io.mambapkd.nn.mamba;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Mode;
import io.mambapkd.ops.BlockOps;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One scan with its step sizes and its decay in one pass over memory. */
final class FusedMixing implements SelectiveMixing {
    private final BlockOps.Mixing mixing;
    private final Weights weights;
    /** As in {@link ScanCore}. */
    private final @Nullable Tensor states;

    FusedMixing(LayerPlan plan, BlockOps.Mixing mixing, Weights weights, MixerSpec spec, int batch, int length) {
        this.mixing = mixing;
        this.weights = weights;
        states = ScanCore.planStates(plan, "", batch, length, spec);
    }

    @Override
    public void forward(Inputs inputs, Tensor y, Mode mode) {
        mixing.forward(ScanOps.Direction.FORWARD, inputs(inputs), y, mode == Mode.TRAINING ? states : null);
    }

    @Override
    public void backward(Inputs inputs, Tensor dy, Gradients gradients) {
        mixing.backward(
                ScanOps.Direction.FORWARD,
                inputs(inputs),
                dy,
                states,
                new BlockOps.MixingGradients(
                        gradients.du(),
                        gradients.dProjected(),
                        weights.dtWeight().gradient(),
                        weights.dtBias().gradient(),
                        weights.aLog().gradient(),
                        weights.skip().gradient(),
                        gradients.dZ()));
    }

    private BlockOps.MixingInputs inputs(Inputs inputs) {
        return new BlockOps.MixingInputs(
                inputs.u(),
                inputs.projected(),
                weights.dtWeight().value(),
                weights.dtBias().value(),
                weights.aLog().value(),
                weights.skip().value(),
                inputs.z());
    }
}
