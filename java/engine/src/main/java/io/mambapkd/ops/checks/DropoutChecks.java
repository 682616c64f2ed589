package io.mambapkd.ops.checks;

import io.mambapkd.ops.Checks;
import io.mambapkd.tensor.Tensor;

/** What dropout demands of its arguments on every backend. */
public final class DropoutChecks {
    private static final String NAME = "dropout";
    private static final int LAYERS = 1 << 24;

    private DropoutChecks() {}

    /** Refuses what {@link io.mambapkd.ops.DropoutOps#apply} does not take. */
    public static void apply(float rate, int layer, Tensor step, Tensor x, Tensor y) {
        Checks.that(rate >= 0 && rate < 1, NAME, "the rate must be in [0, 1), got " + rate);
        Checks.that(layer >= 0 && layer < LAYERS, NAME, "the layer must be in 0.." + (LAYERS - 1) + ", got " + layer);
        Checks.integers(NAME, "step", step, 1);
        Checks.shape(NAME, "input", x, x.shape().toArray());
        Checks.shape(NAME, "output", y, x.shape().toArray());
    }
}
