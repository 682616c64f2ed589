package io.mambapkd.bench.model;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A part of a Mamba block at one width: one kernel in each direction, or the operations that it stands for. The engine takes the same for both directions.
 *
 * @param part its name
 * @param precision f32 or bf16
 * @param size its name
 * @param extents the size in words
 * @param fused forward and backward; empty where the engine launches the separate operations
 * @param separate forward and backward
 */
public record FusedChoice(
        String part, String precision, String size, String extents, List<Prediction> fused, List<Prediction> separate) {
    public FusedChoice {
        fused = List.copyOf(fused);
        separate = List.copyOf(separate);
    }

    boolean isFused() {
        return !fused.isEmpty();
    }

    private boolean isMeasured() {
        return fused.stream().allMatch(Prediction::isMeasured)
                && separate.stream().allMatch(Prediction::isMeasured);
    }

    /** Time of both directions over that of the separate operations, measured where all of them were. */
    double ratio() {
        ToDoubleFunction<Prediction> time = isMeasured() ? Prediction::measured : Prediction::microseconds;
        return fused.stream().mapToDouble(time).sum()
                / separate.stream().mapToDouble(time).sum();
    }
}
