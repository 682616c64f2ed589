package io.mambapkd.ops;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;

/** Small tensors for tests, each in an arena of its own. */
public final class SequenceTensors {
    private final Backend backend;
    private final CounterRandom random;
    private int stream;

    public SequenceTensors(Backend backend, long seed) {
        this.backend = backend;
        random = new CounterRandom(seed, Purpose.TEST_INPUT);
    }

    public Tensor zeros(int... extents) {
        Arena arena = backend.newArena("test");
        Tensor tensor = arena.allocate("test", extents);
        arena.seal();
        return tensor;
    }

    /** Uniform in [low, high); every call draws other numbers. */
    public Tensor uniform(float low, float high, int... extents) {
        Tensor tensor = zeros(extents);
        backend.upload(numbers(low, high, Math.toIntExact(tensor.shape().elements())), tensor);
        return tensor;
    }

    /** Columns in the middle of a wider tensor, uniform in [low, high). */
    public Tensor uniformColumns(float low, float high, int... extents) {
        int[] wider = extents.clone();
        wider[wider.length - 1] += 5;
        return uniform(low, high, wider).columns(3, extents[extents.length - 1]);
    }

    /** A tensor of NaN: whoever reads it before writing it is found out. */
    public Tensor unwritten(int... extents) {
        Tensor tensor = zeros(extents);
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        Arrays.fill(values, Float.NaN);
        backend.upload(values, tensor);
        return tensor;
    }

    /** Columns of NaN in the middle of a wider tensor. */
    public Tensor unwrittenColumns(int... extents) {
        int[] wider = extents.clone();
        wider[wider.length - 1] += 5;
        return unwritten(wider).columns(3, extents[extents.length - 1]);
    }

    public float[] numbers(float low, float high, int count) {
        stream++;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.uniform(stream, i, 0, low, high);
        }
        return values;
    }

    /** The values of a tensor, column views too. */
    public float[] values(Tensor tensor) {
        if (tensor.isDense()) {
            return backend.download(tensor);
        }
        Tensor dense = zeros(tensor.shape().toArray());
        backend.copy(tensor, dense);
        return backend.download(dense);
    }

    public double[] doubles(Tensor tensor) {
        float[] values = values(tensor);
        double[] result = new double[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = values[i];
        }
        return result;
    }
}
