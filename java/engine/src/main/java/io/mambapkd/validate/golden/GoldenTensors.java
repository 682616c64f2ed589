package io.mambapkd.validate.golden;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tensors of a case on a backend, and the results in the reference's layout. The reference has sequences as (B, D, L) and images as (B, C, H, W), the
 * engine as (B, L, D) and (B, H, W, C).
 */
final class GoldenTensors implements AutoCloseable {
    private final Backend backend;
    private final GoldenCase golden;
    private final List<Arena> arenas = new ArrayList<>();
    private final Map<String, float[]> results = new HashMap<>();

    GoldenTensors(Backend backend, GoldenCase golden) {
        this.backend = backend;
        this.golden = golden;
    }

    Backend backend() {
        return backend;
    }

    /** A zeroed tensor. */
    Tensor zeros(int... extents) {
        return allocate(DType.F32, extents);
    }

    /** The whole numbers of a tensor of the case. */
    Tensor integers(String name) {
        double[] values = golden.doubles(name);
        int[] whole = new int[values.length];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = (int) values[i];
        }
        Tensor tensor = allocate(DType.I32, golden.shape(name));
        backend.upload(whole, tensor);
        return tensor;
    }

    /** A tensor of these whole numbers. */
    Tensor integers(int... values) {
        Tensor tensor = allocate(DType.I32, values.length);
        backend.upload(values, tensor);
        return tensor;
    }

    private Tensor allocate(DType dtype, int... extents) {
        Arena arena = backend.newArena("golden");
        arenas.add(arena);
        Tensor tensor = arena.allocate("golden", dtype, Shape.of(extents));
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

    /** Images (B, C, H, W) of the case as (B, H, W, C). */
    Tensor images(String name) {
        int[] shape = golden.shape(name);
        Tensor tensor = zeroImages(name);
        backend.upload(swapped(golden.floats(name), shape[0], shape[1], shape[2] * shape[3]), tensor);
        return tensor;
    }

    /** Zeroed images (B, H, W, C) of the size of such images of the case. */
    Tensor zeroImages(String name) {
        int[] shape = golden.shape(name);
        if (shape.length != 4) {
            throw new IllegalArgumentException(name + " must have 4 axes (B, C, H, W) but has " + shape.length);
        }
        return zeros(shape[0], shape[2], shape[3], shape[1]);
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

    /** A result (B, H, W, C) as the reference's (B, C, H, W). */
    void putImages(String name, Tensor tensor) {
        int[] shape = tensor.shape().toArray();
        results.put(name, swapped(backend.download(tensor), shape[0], shape[1] * shape[2], shape[3]));
    }

    /** A result that is not in a tensor. */
    void put(String name, float... values) {
        results.put(name, values);
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

    @Override
    public void close() {
        arenas.forEach(Arena::close);
    }
}
