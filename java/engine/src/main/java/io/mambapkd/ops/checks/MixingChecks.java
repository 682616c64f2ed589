package io.mambapkd.ops.checks;

import io.mambapkd.ops.BlockOps.MixingGradients;
import io.mambapkd.ops.BlockOps.MixingInputs;
import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What a backend demands of the tensors of {@link io.mambapkd.ops.BlockOps.Mixing}. */
public final class MixingChecks {
    private static final String NAME = "mixing";

    private MixingChecks() {}

    /** Of {@link io.mambapkd.ops.BlockOps.Mixing#forward}. */
    public static void forward(MixingInputs inputs, Tensor y, @Nullable Tensor states) {
        Checks.shape(NAME, "y", y, inputs(inputs), inputs.u().shape().toArray());
        states(inputs, states);
    }

    /** Of {@link io.mambapkd.ops.BlockOps.Mixing#backward}. */
    public static void backward(MixingInputs inputs, Tensor dy, @Nullable Tensor states, MixingGradients gradients) {
        DType dtype = inputs(inputs);
        int[] shape = inputs.u().shape().toArray();
        states(inputs, states);
        Checks.shape(NAME, "dy", dy, dtype, shape);
        Checks.shape(NAME, "du", gradients.du(), dtype, shape);
        Checks.columnView(NAME, "dZ", gradients.dZ(), dtype, shape);
        same("dProjected", gradients.dProjected(), inputs.projected());
        same("dDtWeight", gradients.dDtWeight(), inputs.dtWeight());
        same("dDtBias", gradients.dDtBias(), inputs.dtBias());
        same("dALog", gradients.dALog(), inputs.aLog());
        same("dSkip", gradients.dSkip(), inputs.skip());
    }

    /** The type of u, which that of the other activations is. */
    private static DType inputs(MixingInputs inputs) {
        Checks.that(inputs.u().shape().rank() == 3, NAME, "u must have 3 axes (B, L, D) but is " + inputs.u());
        int[] shape = inputs.u().shape().toArray();
        int channels = shape[2];
        int states = inputs.aLog().shape().last();
        int rank = inputs.dtWeight().shape().last();
        DType dtype = Checks.activationType(NAME, "u", inputs.u());
        Checks.shape(NAME, "u", inputs.u(), dtype, shape);
        Checks.shape(NAME, "projected", inputs.projected(), shape[0], shape[1], rank + 2 * states);
        Checks.shape(NAME, "dtWeight", inputs.dtWeight(), channels, rank);
        Checks.shape(NAME, "dtBias", inputs.dtBias(), channels);
        Checks.shape(NAME, "aLog", inputs.aLog(), channels, states);
        Checks.shape(NAME, "skip", inputs.skip(), channels);
        Checks.columnView(NAME, "z", inputs.z(), dtype, shape);
        return dtype;
    }

    private static void states(MixingInputs inputs, @Nullable Tensor states) {
        ScanChecks.savedStates(NAME, inputs.u(), inputs.aLog().shape().last(), states);
    }

    private static void same(String role, Tensor gradient, Tensor input) {
        Checks.shape(NAME, role, gradient, input.shape().toArray());
    }
}
