package io.mambapkd.model;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Memory for the gradients of a chain of activations, of which two are needed at a time: one, and the one that is computed from it. Two vectors of the size of the
 * largest activation of each type, taken in turns.
 */
final class GradientPair {
    private final Map<DType, List<Tensor>> vectors = new EnumMap<>(DType.class);
    private int free;

    private GradientPair() {}

    /** Plans the memory for the gradients of any of {@code activations}. */
    static GradientPair plan(LayerPlan plan, List<Tensor> activations) {
        GradientPair pair = new GradientPair();
        for (DType dtype : DType.values()) {
            int largest = activations.stream()
                    .filter(activation -> activation.dtype() == dtype)
                    .mapToInt(activation -> Math.toIntExact(activation.shape().elements()))
                    .max()
                    .orElse(0);
            if (largest > 0) {
                String name = "gradient." + dtype + ".";
                pair.vectors.put(
                        dtype, List.of(vector(plan, name + 0, dtype, largest), vector(plan, name + 1, dtype, largest)));
            }
        }
        return pair;
    }

    private static Tensor vector(LayerPlan plan, String name, DType dtype, int elements) {
        return plan.activations().allocate(plan.prefix() + name, dtype, Shape.of(elements));
    }

    /** Begins a backward pass, so that every one uses the same memory in the same order. */
    void begin() {
        free = 0;
    }

    /** A gradient of the shape and type of an activation, in other memory than the one before. */
    Tensor next(Tensor activation) {
        Tensor vector = requireNonNull(vectors.get(activation.dtype())).get(free);
        free = 1 - free;
        int elements = Math.toIntExact(activation.shape().elements());
        return vector.slices(0, elements).reshape(activation.shape().toArray());
    }
}
