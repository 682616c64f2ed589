package io.mambapkd.ops;

import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;

/** Small tensors for tests, each in an arena of its own. */
public final class SequenceTensors {
    private final Backend backend;
    private final CounterRandom random;
    private final Numbers activations;
    private int stream;
    private int left = 3;
    private int right = 2;

    /** What activations hold. */
    public enum Numbers {
        /** Any F32. */
        FLOATS,
        /** Numbers of BF16: in tensors of that type where the backend has it, else in F32. */
        BFLOAT16
    }

    public SequenceTensors(Backend backend, long seed) {
        this(backend, seed, Numbers.FLOATS);
    }

    public SequenceTensors(Backend backend, long seed, Numbers activations) {
        this.backend = backend;
        this.activations = activations;
        random = new CounterRandom(seed, Purpose.TEST_INPUT);
    }

    /** From now on column views start at a multiple of four elements, and rows are a multiple of four longer than the view. */
    public SequenceTensors alignedColumns() {
        left = 4;
        right = 8;
        return this;
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
        return uniform(low, high, wider(extents)).columns(left, extents[extents.length - 1]);
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
        return unwritten(wider(extents)).columns(left, extents[extents.length - 1]);
    }

    /** Zeros of the type of activations. */
    public Tensor zeroActivations(int... extents) {
        boolean narrow = activations == Numbers.BFLOAT16 && backend.supports(DType.BF16);
        Arena arena = backend.newArena("test");
        Tensor tensor = arena.allocate("test", narrow ? DType.BF16 : DType.F32, Shape.of(extents));
        arena.seal();
        return tensor;
    }

    /** {@link #uniform} of the type of activations. */
    public Tensor activations(float low, float high, int... extents) {
        Tensor tensor = zeroActivations(extents);
        float[] values = numbers(low, high, Math.toIntExact(tensor.shape().elements()));
        fill(tensor, activations == Numbers.FLOATS ? values : Bfloat16.round(values));
        return tensor;
    }

    /** {@link #uniformColumns} of the type of activations. */
    public Tensor activationColumns(float low, float high, int... extents) {
        return activations(low, high, wider(extents)).columns(left, extents[extents.length - 1]);
    }

    /** {@link #unwritten} of the type of activations. */
    public Tensor unwrittenActivations(int... extents) {
        Tensor tensor = zeroActivations(extents);
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        Arrays.fill(values, Float.NaN);
        fill(tensor, values);
        return tensor;
    }

    /** {@link #unwrittenColumns} of the type of activations. */
    public Tensor unwrittenActivationColumns(int... extents) {
        return unwrittenActivations(wider(extents)).columns(left, extents[extents.length - 1]);
    }

    private int[] wider(int[] extents) {
        int[] wider = extents.clone();
        wider[wider.length - 1] += left + right;
        return wider;
    }

    private void fill(Tensor tensor, float[] values) {
        if (tensor.dtype() == DType.F32) {
            backend.upload(values, tensor);
            return;
        }
        Tensor floats = zeros(tensor.shape().toArray());
        backend.upload(values, floats);
        backend.pointwise().convert(floats, tensor);
    }

    public float[] numbers(float low, float high, int count) {
        stream++;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.uniform(stream, i, 0, low, high);
        }
        return values;
    }

    /** The values of a tensor, column views and BF16 too. */
    public float[] values(Tensor tensor) {
        if (tensor.dtype() == DType.BF16) {
            Tensor floats = zeros(tensor.shape().toArray());
            backend.pointwise().convert(tensor, floats);
            return backend.download(floats);
        }
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
