package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.ScanOps.Gradients;
import io.mambapkd.ops.ScanOps.Inputs;
import io.mambapkd.ops.ScanOps.Options;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What every backend demands of the scan's tensors before it touches any. */
public final class ScanChecks {
    private static final String NAME = "selective_scan";

    private ScanChecks() {}

    /** Of {@link io.mambapkd.ops.ScanOps#forward}. */
    public static void forward(
            Options options, Inputs inputs, Tensor y, @Nullable Tensor lastState, @Nullable Tensor states) {
        DType dtype = inputs(options, inputs);
        int[] shape = inputs.u().shape().toArray();
        Checks.columnView(NAME, "y", y, dtype, shape);
        if (lastState != null) {
            Checks.shape(
                    NAME,
                    "lastState",
                    lastState,
                    shape[0],
                    shape[2],
                    inputs.a().shape().last());
        }
        savedStates(inputs, states);
    }

    private static void savedStates(Inputs inputs, @Nullable Tensor states) {
        savedStates(NAME, inputs.u(), inputs.a().shape().last(), states);
    }

    /** Of states that a scan of {@code u} (B, L, D) with N states is given for those within its sequences. */
    static void savedStates(String operation, Tensor u, int stateSize, @Nullable Tensor states) {
        if (states == null) {
            return;
        }
        int[] shape = u.shape().toArray();
        int saved = ScanOps.savedStates(shape[1]);
        Checks.that(
                saved > 0,
                operation,
                "a sequence of " + shape[1] + " steps has no saved states, so that states must be null but is "
                        + states);
        Checks.shape(operation, "states", states, shape[0], saved, shape[2], stateSize);
    }

    /** Of {@link io.mambapkd.ops.ScanOps#backward}. */
    public static void backward(
            Options options, Inputs inputs, Tensor dy, @Nullable Tensor states, Gradients gradients) {
        DType dtype = inputs(options, inputs);
        savedStates(inputs, states);
        gradients(inputs, dtype, dy, gradients);
    }

    /** Of {@link io.mambapkd.ops.ScanOps#decay}. */
    public static void decay(Tensor aLog, Tensor a) {
        Checks.shape("decay", "aLog", aLog, a.shape().toArray());
        Checks.shape("decay", "a", a, a.shape().toArray());
    }

    /** Of {@link io.mambapkd.ops.ScanOps#decayGradient}. */
    public static void decayGradient(Tensor a, Tensor dA, Tensor dALog) {
        Checks.shape("decay_gradient", "a", a, a.shape().toArray());
        Checks.shape("decay_gradient", "dA", dA, a.shape().toArray());
        Checks.shape("decay_gradient", "dALog", dALog, a.shape().toArray());
    }

    /** The type of u, which that of y, z and their gradients is. */
    private static DType inputs(Options options, Inputs inputs) {
        Checks.that(inputs.u().shape().rank() == 3, NAME, "u must have 3 axes (B, L, D) but is " + inputs.u());
        int[] shape = inputs.u().shape().toArray();
        int channels = shape[2];
        int states = inputs.a().shape().last();
        int groups = options.groups();
        Checks.that(channels % groups == 0, NAME, groups + " groups do not divide u " + inputs.u());
        DType dtype = Checks.activationType(NAME, "u", inputs.u());
        Checks.columnView(NAME, "delta", inputs.delta(), shape);
        Checks.shape(NAME, "a", inputs.a(), channels, states);
        Checks.columnView(NAME, "b", inputs.b(), shape[0], shape[1], groups * states);
        Checks.columnView(NAME, "c", inputs.c(), shape[0], shape[1], groups * states);
        vector("dSkip", inputs.dSkip(), channels);
        vector("deltaBias", inputs.deltaBias(), channels);
        if (inputs.z() != null) {
            Checks.columnView(NAME, "z", inputs.z(), dtype, shape);
        }
        return dtype;
    }

    private static void gradients(Inputs inputs, DType dtype, Tensor dy, Gradients gradients) {
        int[] shape = inputs.u().shape().toArray();
        int[] stateShape = inputs.b().shape().toArray();
        Checks.columnView(NAME, "dy", dy, dtype, shape);
        Checks.columnView(NAME, "du", gradients.du(), dtype, shape);
        Checks.columnView(NAME, "dDelta", gradients.dDelta(), shape);
        Checks.shape(NAME, "dA", gradients.dA(), inputs.a().shape().toArray());
        Checks.columnView(NAME, "dB", gradients.dB(), stateShape);
        Checks.columnView(NAME, "dC", gradients.dC(), stateShape);
        together("dDSkip", inputs.dSkip(), gradients.dDSkip());
        together("dDeltaBias", inputs.deltaBias(), gradients.dDeltaBias());
        together("dZ", inputs.z(), gradients.dZ());
        vector("dDSkip", gradients.dDSkip(), shape[2]);
        vector("dDeltaBias", gradients.dDeltaBias(), shape[2]);
        if (gradients.dZ() != null) {
            Checks.columnView(NAME, "dZ", gradients.dZ(), dtype, shape);
        }
    }

    private static void vector(String role, @Nullable Tensor tensor, int channels) {
        if (tensor != null) {
            Checks.shape(NAME, role, tensor, channels);
        }
    }

    private static void together(String role, @Nullable Tensor input, @Nullable Tensor gradient) {
        Checks.that((input == null) == (gradient == null), NAME, role + " must be null exactly if its input is");
    }
}
