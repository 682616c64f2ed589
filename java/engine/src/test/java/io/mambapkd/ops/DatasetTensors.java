package io.mambapkd.ops;

import io.mambapkd.image.AffineMap;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;

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

    /** Integers (count) that hold what no operation writes. */
    Tensor unwritten(int count) {
        int[] values = new int[count];
        Arrays.fill(values, -77);
        return integers(values);
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
