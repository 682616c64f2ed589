package io.mambapkd.nn.mamba;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** An F32 tensor as a factor of products with activations: itself where those are F32, else a copy of their type. */
final class Factor {
    private final Backend backend;
    private final @Nullable Tensor copy;

    private Factor(Backend backend, @Nullable Tensor copy) {
        this.backend = backend;
        this.copy = copy;
    }

    /** Plans the copy where one is needed. */
    static Factor plan(LayerPlan plan, String name, int... extents) {
        return new Factor(plan.backend(), plan.precision() == Precision.F32 ? null : plan.activation(name, extents));
    }

    /** {@code tensor}, or what it is now in the type of activations; valid until the next call. */
    Tensor of(Tensor tensor) {
        if (copy == null) {
            return tensor;
        }
        backend.pointwise().convert(tensor, copy);
        return copy;
    }
}
