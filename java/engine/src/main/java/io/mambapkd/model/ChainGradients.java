package io.mambapkd.model;

import static java.util.Objects.requireNonNull;

import io.mambapkd.nn.LayerPlan;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Memory for the gradients of a chain of activations, of which two are needed at a time: one, and the one that is computed from it. Vectors of the size of the
 * largest activation of each type, taken in turns; a third one where a gradient is held back, for the input of a residual branch.
 */
final class ChainGradients {
    private static final int NONE = -1;

    private final Map<DType, List<Tensor>> vectors = new EnumMap<>(DType.class);
    private int current = NONE;
    private int held = NONE;

    private ChainGradients() {}

    /**
     * Plans the memory for the gradients of any of {@code activations}.
     *
     * @param withHeld whether one is to be held back at times
     */
    static ChainGradients plan(LayerPlan plan, List<Tensor> activations, boolean withHeld) {
        ChainGradients gradients = new ChainGradients();
        for (DType dtype : DType.values()) {
            int largest = activations.stream()
                    .filter(activation -> activation.dtype() == dtype)
                    .mapToInt(activation -> Math.toIntExact(activation.shape().elements()))
                    .max()
                    .orElse(0);
            if (largest > 0) {
                List<Tensor> ofType = new ArrayList<>();
                for (int i = 0; i < (withHeld ? 3 : 2); i++) {
                    String name = plan.prefix() + "gradient." + dtype + "." + i;
                    ofType.add(plan.activations().allocate(name, dtype, Shape.of(largest)));
                }
                gradients.vectors.put(dtype, ofType);
            }
        }
        return gradients;
    }

    /** Begins a backward pass, so that every one uses the same memory in the same order. */
    void begin() {
        current = NONE;
        held = NONE;
    }

    /** A gradient of the shape and type of an activation, in other memory than the one before and the one that is held back. */
    Tensor next(Tensor activation) {
        int free = 0;
        while (free == current || free == held) {
            free++;
        }
        current = free;
        Tensor vector = requireNonNull(vectors.get(activation.dtype())).get(free);
        int elements = Math.toIntExact(activation.shape().elements());
        return vector.slices(0, elements).reshape(activation.shape().toArray());
    }

    /** Keeps the gradient that was made last as it is, until {@link #release}. */
    void hold() {
        held = current;
    }

    void release() {
        held = NONE;
    }
}
