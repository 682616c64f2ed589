package io.mambapkd.ops;

import io.mambapkd.image.AffineMap;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;

/** Data sets for tests: bytes and integers, each tensor in an arena of its own. */
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

    /** Integers (n) of 0..bound-1: row i of a table that holds i, since there is no download of integers; NaN for others. */
    float[] download(Tensor integers, int bound) {
        float[] table = new float[bound];
        for (int i = 0; i < bound; i++) {
            table[i] = i;
        }
        TestTensors tensors = new TestTensors(backend);
        Tensor values = tensors.unwritten(integers.shape().extent(0), 1);
        backend.imagePipeline().rows(tensors.of(table, 1, bound, 1), null, integers, values);
        return backend.download(values);
    }

    static byte[] pixels(int count) {
        CounterRandom random = new CounterRandom(1, Purpose.TEST_INPUT);
        byte[] pixels = new byte[count];
        for (int i = 0; i < count; i++) {
            pixels[i] = (byte) random.below(0, i, 0, 256);
        }
        return pixels;
    }

    /** Sample ids of a batch, repeated ones among them. */
    static int[] samples(int rows, int count) {
        CounterRandom random = new CounterRandom(2, Purpose.TEST_INPUT);
        int[] samples = new int[rows];
        for (int row = 0; row < rows; row++) {
            samples[row] = random.below(1, row, 0, count);
        }
        samples[rows - 1] = count - 1;
        return samples;
    }

    /** A row of maps. */
    static float[] values(AffineMap map) {
        return new float[] {map.xx(), map.xy(), map.x0(), map.yx(), map.yy(), map.y0()};
    }

    private Tensor allocate(DType dtype, int... extents) {
        Arena arena = backend.newArena("dataset");
        Tensor tensor = arena.allocate("tensor", dtype, Shape.of(extents));
        arena.seal();
        return tensor;
    }
}
