package io.mambapkd.ops;

import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;

/** Tensors of integers and bytes for tests, each in an arena of its own. */
final class DatasetTensors {
    private final Backend backend;

    DatasetTensors(Backend backend) {
        this.backend = backend;
    }

    Tensor integers(int... values) {
        Tensor tensor = allocate(DType.I32, values.length);
        backend.upload(values, tensor);
        return tensor;
    }

    Tensor bytes(byte[] values, int... extents) {
        Tensor tensor = allocate(DType.U8, extents);
        backend.upload(values, tensor);
        return tensor;
    }

    private Tensor allocate(DType dtype, int... extents) {
        Arena arena = backend.newArena("dataset");
        Tensor tensor = arena.allocate("tensor", dtype, Shape.of(extents));
        arena.seal();
        return tensor;
    }
}
