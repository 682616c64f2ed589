package io.mambapkd.golden;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tensors of a case on a backend. The reference has sequences as (B, D, L), the engine as (B, L, D). */
final class GoldenTensors {
    private final Backend backend;
    private final GoldenCase golden;
    private final Map<String, float[]> results = new HashMap<>();

    GoldenTensors(Backend backend, GoldenCase golden) {
        this.backend = backend;
        this.golden = golden;
    }

    /** A zeroed tensor. */
    Tensor zeros(int... extents) {
        Arena arena = backend.newArena("golden");
        Tensor tensor = arena.allocate("golden", extents);
        arena.seal();
        return tensor;
    }

    /** A tensor of the case in its own layout. */
    Tensor plain(String name) {
        Tensor tensor = zeros(golden.shape(name));
        backend.upload(golden.floats(name), tensor);
        return tensor;
    }

    @Nullable
    Tensor plainOrNull(String name) {
        return golden.has(name) ? plain(name) : null;
    }

    /** A tensor (B, ..., L) of the case as (B, L, ...): the axes between are merged. */
    Tensor sequence(String name) {
        int[] shape = golden.shape(name);
        int length = shape[shape.length - 1];
        float[] source = golden.floats(name);
        int channels = source.length / shape[0] / length;
        Tensor tensor = zeros(shape[0], length, channels);
        backend.upload(swapped(source, shape[0], channels, length), tensor);
        return tensor;
    }

    @Nullable
    Tensor sequenceOrNull(String name) {
        return golden.has(name) ? sequence(name) : null;
    }

    @Nullable
    Tensor zerosLike(@Nullable Tensor tensor) {
        return tensor == null ? null : zeros(tensor.shape().toArray());
    }

    void putPlain(String name, @Nullable Tensor tensor) {
        if (tensor != null) {
            results.put(name, backend.download(tensor));
        }
    }

    /** A result (B, L, D), perhaps a column view, as the reference's (B, D, L). */
    void putSequence(String name, @Nullable Tensor tensor) {
        if (tensor != null) {
            int[] shape = tensor.shape().toArray();
            Tensor dense = zeros(shape);
            backend.copy(tensor, dense);
            results.put(name, swapped(backend.download(dense), shape[0], shape[1], shape[2]));
        }
    }

    Map<String, float[]> results() {
        return results;
    }

    /** (outer, rows, columns) as (outer, columns, rows). */
    private static float[] swapped(float[] source, int outer, int rows, int columns) {
        float[] target = new float[source.length];
        for (int o = 0; o < outer; o++) {
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++) {
                    target[(o * columns + c) * rows + r] = source[(o * rows + r) * columns + c];
                }
            }
        }
        return target;
    }
}
