package io.mambapkd.validate;

import io.mambapkd.image.Normalisation;
import io.mambapkd.nn.Precision;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Narrow;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/** One case of one operation on one backend: tensors of what was drawn, and results. */
final class Trial implements AutoCloseable {
    private static final int MARGIN = 3;
    private static final int ALIGNED_MARGIN = 4;

    /** What errors of gradients of a step in BF16 are relative to where all values are smaller, beside a norm of 1. */
    private static final double LEAST_NARROW_GRADIENT = 0.2;

    private final Backend backend;
    private final DType activations;
    private final Draws draws;
    private final IntToDoubleFunction moved;
    /** Columns left and right of a column view. */
    private int margin = MARGIN;

    private final List<Arena> arenas = new ArrayList<>();
    private final List<TrialResult> results = new ArrayList<>();

    /** @param activations type of activations: in BF16 all numbers are of that type, in tensors of F32 where the backend lacks it */
    Trial(Backend backend, DType activations, Extents fixed, long seed, int stream) {
        this(backend, activations, fixed, seed, stream, i -> 0);
    }

    /** The same with images to whose i-th value something is added. */
    Trial(Backend backend, DType activations, Extents fixed, long seed, int stream, IntToDoubleFunction moved) {
        this.backend = backend;
        this.activations = activations;
        this.draws = new Draws(fixed, seed, stream);
        this.moved = moved;
    }

    Backend backend() {
        return backend;
    }

    /** From now on column views start at a multiple of four elements, and rows are a multiple of four longer than the view. */
    void alignColumns() {
        margin = ALIGNED_MARGIN;
    }

    /** One of the values, unless the user fixed it. */
    int extent(String letter, int... values) {
        return draws.extent(letter, values);
    }

    /** One of the options. */
    @SafeVarargs
    final <T> T choose(T... options) {
        T chosen = options[draws.below(options.length)];
        draws.chose(chosen);
        return chosen;
    }

    /** A dense tensor, uniform in [low, high). */
    Tensor uniform(double low, double high, int... extents) {
        Tensor tensor = zeros(extents);
        backend.upload(numbers(low, high, tensor.shape()), tensor);
        return tensor;
    }

    /** A column view or a dense tensor, uniform in [low, high). */
    Tensor uniformColumns(double low, double high, int... extents) {
        return uniform(low, high, wider(extents)).columns(margin, extents[extents.length - 1]);
    }

    /** {@link #uniform} of the type of activations. */
    Tensor activations(double low, double high, int... extents) {
        Tensor tensor = uniform(low, high, extents);
        if (activations == DType.F32) {
            return tensor;
        }
        float[] values = backend.download(tensor);
        for (int i = 0; i < values.length; i++) {
            values[i] = Narrow.nearest(values[i]);
        }
        backend.upload(values, tensor);
        return narrow(tensor);
    }

    /** {@link #uniformColumns} of the type of activations. */
    Tensor activationColumns(double low, double high, int... extents) {
        return activations(low, high, wider(extents)).columns(margin, extents[extents.length - 1]);
    }

    /** {@link #unwritten} of the type of activations. */
    Tensor unwrittenActivations(int... extents) {
        return narrow(unwritten(extents));
    }

    /** {@link #unwrittenColumns} of the type of activations. */
    Tensor unwrittenActivationColumns(int... extents) {
        return unwrittenActivations(wider(extents)).columns(margin, extents[extents.length - 1]);
    }

    /** Type of activations of the case, whatever the backend keeps them in. */
    DType activationType() {
        return activations;
    }

    /** What a model of this case computes in, where the backend has it. */
    Precision precision() {
        return activations == DType.BF16 && backend.supports(DType.BF16) ? Precision.BF16 : Precision.F32;
    }

    private Tensor narrow(Tensor floats) {
        if (precision() == Precision.F32) {
            return floats;
        }
        Tensor tensor = allocate(DType.BF16, floats.shape().toArray());
        backend.pointwise().convert(floats, tensor);
        return tensor;
    }

    private int[] wider(int[] extents) {
        int[] wider = extents.clone();
        wider[wider.length - 1] += 2 * margin;
        return wider;
    }

    /** A tensor of NaN, for what an operation overwrites. */
    Tensor unwritten(int... extents) {
        Tensor tensor = zeros(extents);
        float[] values = new float[elements(tensor.shape())];
        Arrays.fill(values, Float.NaN);
        backend.upload(values, tensor);
        return tensor;
    }

    /** A column view of NaN. */
    Tensor unwrittenColumns(int... extents) {
        return unwritten(wider(extents)).columns(margin, extents[extents.length - 1]);
    }

    /** Integers in [0, bound). */
    Tensor integers(int bound, int... extents) {
        Tensor tensor = allocate(DType.I32, extents);
        backend.upload(draws.integers(bound, elements(tensor.shape())), tensor);
        return tensor;
    }

    /** {@code count} integers in [0, bound), no two alike. */
    Tensor distinct(int bound, int count) {
        Tensor tensor = allocate(DType.I32, count);
        backend.upload(draws.distinct(bound, count), tensor);
        return tensor;
    }

    /** {@link #activations} with {@code count} whole numbers about 0 for values, many of them alike. */
    Tensor steps(int count, int... extents) {
        Tensor tensor = zeros(extents);
        int[] drawn = draws.integers(count, elements(tensor.shape()));
        float[] values = new float[drawn.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = drawn[i] - count / 2;
        }
        backend.upload(values, tensor);
        return narrow(tensor);
    }

    /** Bytes, uniform in 0..255. */
    Tensor bytes(int... extents) {
        Tensor tensor = allocate(DType.U8, extents);
        int[] drawn = draws.integers(256, elements(tensor.shape()));
        byte[] values = new byte[drawn.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) drawn[i];
        }
        backend.upload(values, tensor);
        return tensor;
    }

    Tensor zeros(int... extents) {
        return allocate(DType.F32, extents);
    }

    Tensor allocate(DType dtype, int... extents) {
        Arena arena = backend.newArena("validation");
        arenas.add(arena);
        Tensor tensor = arena.allocate("input", dtype, Shape.of(extents));
        arena.seal();
        return tensor;
    }

    float[] numbers(double low, double high, Shape shape) {
        return draws.numbers(low, high, elements(shape));
    }

    /** {@link #numbers} for the images of a model. */
    float[] images(double low, double high, Shape shape) {
        float[] values = numbers(low, high, shape);
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) moved.applyAsDouble(i);
        }
        return values;
    }

    private static int elements(Shape shape) {
        return Math.toIntExact(shape.elements());
    }

    /**
     * Keeps a float tensor for the comparison.
     *
     * @param terms number of products that are added for one element; see {@link Tolerance}
     */
    void result(String name, Tensor tensor, long terms) {
        resultWithin(name, tensor, Tolerance.ofSum(terms));
    }

    /** {@link #result} for what is written in the type of activations. */
    void activation(String name, Tensor tensor, long terms) {
        activation(name, tensor, 1, terms);
    }

    /** {@link #activation} for what is rounded to that type more than once. */
    void activation(String name, Tensor tensor, int roundings, long terms) {
        resultWithin(
                name, tensor, activations == DType.BF16 ? Tolerance.rounded(roundings, terms) : Tolerance.ofSum(terms));
    }

    /**
     * {@link #result} for a sum with terms of 1 or more that may all but cancel, such as one that was added to values uniform in [-1, 1): errors are those
     * of values up to 1 even where what is left is smaller.
     */
    void sum(String name, Tensor tensor, long terms) {
        keep(name, tensor, Tolerance.ofSum(terms), 1);
    }

    /** {@link #sum} with terms that were rounded to the type of activations, twice at most. */
    void roundedSum(String name, Tensor tensor, long terms) {
        keep(name, tensor, Tolerance.rounded(2, terms), 1);
    }

    /**
     * Keeps one of the gradients of a step. In BF16, where rounding moves values across the bend of a ReLU, errors of a gradient that is small beside the others
     * are those of the others that it is made of.
     *
     * @param norm of all gradients, or 1 where that is less
     */
    void gradient(String name, Tensor tensor, double norm, double tolerance) {
        keep(name, tensor, tolerance, activations == DType.BF16 ? LEAST_NARROW_GRADIENT * norm : 0);
    }

    /** Keeps a float tensor for the comparison with a tolerance of its own, relative to its largest value. */
    void resultWithin(String name, Tensor tensor, double tolerance) {
        keep(name, tensor, tolerance, 0);
    }

    private void keep(String name, Tensor tensor, double tolerance, double leastScale) {
        Tensor dense = tensor;
        if (tensor.dtype() == DType.BF16) {
            dense = zeros(tensor.shape().toArray());
            backend.pointwise().convert(tensor, dense);
        } else if (!tensor.isDense()) {
            dense = zeros(tensor.shape().toArray());
            backend.copy(tensor, dense);
        }
        results.add(new TrialResult(name, tensor.shape(), backend.download(dense), tolerance, leastScale));
    }

    /** Keeps a tensor of I32 for the comparison, to the bit; for values up to 2^24, which floats tell apart. */
    void wholeNumbers(String name, Tensor tensor) {
        int[] whole = backend.downloadIntegers(tensor);
        float[] values = new float[whole.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = whole[i];
        }
        results.add(new TrialResult(name, tensor.shape(), values, Tolerance.exact(), 0));
    }

    /** Keeps images (B, H, W, C) of U8 for the comparison, to the bit: they are read as a data set of one image. */
    void bytes(String name, Tensor tensor) {
        int elements = elements(tensor.shape());
        Tensor first = allocate(DType.I32, 1);
        backend.upload(new int[] {0}, first);
        Tensor floats = unwritten(1, elements, 1, 1);
        backend.imagePipeline()
                .images(new Normalisation(1, 0), tensor.reshape(1, 1, elements, 1, 1), null, first, floats);
        resultWithin(name, floats.reshape(tensor.shape().toArray()), Tolerance.exact());
    }

    /** The extents and options that were drawn: {@code B=3 L=28 reverse}. */
    String description() {
        return draws.description();
    }

    List<TrialResult> results() {
        return List.copyOf(results);
    }

    @Override
    public void close() {
        arenas.forEach(Arena::close);
    }
}
