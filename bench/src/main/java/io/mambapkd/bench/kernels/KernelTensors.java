package io.mambapkd.bench.kernels;

import io.mambapkd.bench.kernels.KernelOutput.Extent;
import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.Arena;
import io.mambapkd.tensor.DType;
import io.mambapkd.tensor.Narrow;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import io.mambapkd.validate.Tolerance;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Tensors of one operation at one size, with random contents, and what the operation moves and computes. First they are declared; then, if there is room,
 * {@linkplain #fill filled}.
 *
 * <p>Contents are a function of the seed and of the order of declaration, the same on every backend. A tensor with one slice for each sample of a batch has
 * contents for {@code block} samples, repeated over the batch: so the results of the last samples tell whether a large launch is as right as a small one.
 *
 * <p>The bytes are those that an operation cannot avoid: each input read once, each output written once, what is updated both.
 */
final class KernelTensors implements AutoCloseable {
    private final Backend backend;
    private final KernelShape shape;
    private final DType activations;
    /** What activations are kept in: floats where the backend has no other type. */
    private final DType stored;

    private final int block;
    private final Arena arena;
    private final SplittableRandom random;
    private final List<Runnable> fillers = new ArrayList<>();
    private final List<KernelOutput> outputs = new ArrayList<>();
    private final List<Arena> launched = new ArrayList<>();
    private long bytes;
    private long flops;
    private long exps;

    /**
     * @param activations type of activations: in BF16 their contents are numbers of that type, kept as floats where the backend lacks it
     * @param block samples that have contents of their own; at most those of the shape
     */
    KernelTensors(Backend backend, KernelShape shape, DType activations, int block, long seed) {
        this.backend = backend;
        this.shape = shape;
        this.activations = activations;
        this.stored = backend.supports(activations) ? activations : DType.F32;
        this.block = block;
        this.arena = backend.newArena("kernel");
        this.random = new SplittableRandom(seed);
    }

    Backend backend() {
        return backend;
    }

    KernelShape shape() {
        return shape;
    }

    /** What activations are kept in. */
    DType stored() {
        return stored;
    }

    /** The extent of a letter. */
    int extent(char letter) {
        return shape.extent(letter);
    }

    /** Activations (B, extents) that are read, uniform in [low, high). */
    Tensor activations(double low, double high, int... extents) {
        return moved(1, samples(activations, low, high, extents));
    }

    /** Float values (B, extents) that are read. */
    Tensor floats(double low, double high, int... extents) {
        return moved(1, samples(DType.F32, low, high, extents));
    }

    /** Float values of those extents that are read, the same for all samples: weights. */
    Tensor weights(double low, double high, int... extents) {
        return moved(1, whole(low, high, extents));
    }

    /** Float values of those extents that are added to or otherwise updated: weights, and their gradients. */
    Tensor updatedWeights(long terms, double low, double high, int... extents) {
        return output(DType.F32, terms, moved(2, whole(low, high, extents)), Extent.WHOLE);
    }

    /** {@link #updatedWeights} from sums that are rounded to the type of activations first, when they may be twice as large. */
    Tensor updatedSums(long terms, int... extents) {
        Tensor tensor = moved(2, whole(-1, 1, extents));
        double tolerance = activations == DType.BF16 ? Tolerance.rounded(2, terms) : Tolerance.ofSum(terms);
        outputs.add(new KernelOutput(tensor, Extent.WHOLE, tolerance));
        return tensor;
    }

    /** Says of the last output that its samples depend on one another, or on their places in the batch. */
    Tensor together(Tensor output) {
        KernelOutput last = outputs.remove(outputs.size() - 1);
        outputs.add(new KernelOutput(output, Extent.WHOLE, last.tolerance()));
        return output;
    }

    /** Says of the last output, one of samples, that cuBLAS or cuDNN has a part in it. */
    void ofLibrary() {
        KernelOutput last = outputs.remove(outputs.size() - 1);
        outputs.add(new KernelOutput(last.tensor(), Extent.LIBRARY_SAMPLES, last.tolerance()));
    }

    /** Says of the last output that it is made of values that another kernel rounded to the type of activations. */
    void ofRounded() {
        if (activations == DType.BF16) {
            KernelOutput last = outputs.remove(outputs.size() - 1);
            double tolerance = last.tolerance() + Tolerance.rounded(1, 0);
            outputs.add(new KernelOutput(last.tensor(), last.extent(), tolerance));
        }
    }

    /** A few float values. */
    Tensor values(float... values) {
        Tensor target = arena.allocate("values", DType.F32, Shape.of(values.length));
        fillers.add(() -> backend.upload(values, target));
        return moved(1, target);
    }

    /** Weights in the type of activations. */
    Tensor narrowWeights(double low, double high, int... extents) {
        return moved(
                1, filled(arena.allocate("weights", stored, Shape.of(extents)), extents[0], activations, low, high));
    }

    /** Activations (B, extents) that are written. */
    Tensor writtenActivations(long terms, int... extents) {
        return output(activations, terms, moved(1, arena.allocate("output", stored, batched(extents))), Extent.SAMPLES);
    }

    /** Float values (B, extents) that are written. */
    Tensor written(long terms, int... extents) {
        return output(
                DType.F32, terms, moved(1, arena.allocate("output", DType.F32, batched(extents))), Extent.SAMPLES);
    }

    /** Float values of those extents that are written, over all samples. */
    Tensor writtenWhole(long terms, int... extents) {
        return output(DType.F32, terms, moved(1, arena.allocate("output", DType.F32, Shape.of(extents))), Extent.WHOLE);
    }

    /** Float values (B, extents) between two steps of an operation: not counted, since one kernel for both could do without. */
    Tensor scratch(int... extents) {
        return arena.allocate("scratch", DType.F32, batched(extents));
    }

    /** {@link #scratch} of the type of activations. */
    Tensor scratchActivations(int... extents) {
        return arena.allocate("scratch", stored, batched(extents));
    }

    /** {@link #scratch} of those extents, the same for all samples. */
    Tensor scratchWhole(int... extents) {
        return arena.allocate("scratch", DType.F32, Shape.of(extents));
    }

    /** Float zeros for one launch of what has no memory of its own: of operations that the CPU has as several. */
    Tensor zeros(int... extents) {
        Arena own = backend.newArena("zeros");
        launched.add(own);
        Tensor zeros = own.allocate("zeros", DType.F32, Shape.of(extents));
        own.seal();
        return zeros;
    }

    /** Integers in [0, bound), (B). */
    Tensor integers(int bound) {
        Tensor target = arena.allocate("integers", DType.I32, batched());
        int[] own = random.ints(block, 0, bound).toArray();
        int[] values = new int[target.shape().rows() * target.shape().last()];
        for (int i = 0; i < values.length; i++) {
            values[i] = own[i % block];
        }
        fillers.add(() -> backend.upload(values, target));
        return moved(1, target);
    }

    /** One integer. */
    Tensor integer(int value) {
        Tensor target = arena.allocate("integer", DType.I32, Shape.of(1));
        fillers.add(() -> backend.upload(new int[] {value}, target));
        return moved(1, target);
    }

    /** A data set of bytes of those extents, of which {@link #moves} says how much is read. */
    Tensor dataset(int... extents) {
        Tensor target = arena.allocate("dataset", DType.U8, Shape.of(extents));
        long from = random.nextLong();
        fillers.add(() -> {
            byte[] values = new byte[Math.toIntExact(target.shape().elements())];
            new SplittableRandom(from).nextBytes(values);
            backend.upload(values, target);
        });
        return target;
    }

    /** A data set of floats of those extents, of which {@link #moves} says how much is read. */
    Tensor table(double low, double high, int... extents) {
        return whole(low, high, extents);
    }

    /** Integers (B) that are written, and seen in what is gathered by them. */
    Tensor writtenIntegers() {
        return moved(1, arena.allocate("integers", DType.I32, batched()));
    }

    /** Bytes that are moved beside those of the declared tensors. */
    void moves(long more) {
        bytes += more;
    }

    /** Arithmetic operations, a multiplication with an addition being two. */
    void flops(long count) {
        flops += count;
    }

    /** Exponentials, and logarithms and reciprocals of the same unit. */
    void exps(long count) {
        exps += count;
    }

    /** Bytes of memory that {@link #fill} reserves. */
    long reserved() {
        return arena.bytes();
    }

    Work work() {
        return new Work(bytes, flops, exps);
    }

    List<KernelOutput> outputs() {
        return List.copyOf(outputs);
    }

    /** Reserves the memory, whose contents are left as they are. */
    void reserve() {
        arena.seal();
    }

    /** Reserves the memory, and gives all tensors their contents. */
    void fill() {
        reserve();
        fillers.forEach(Runnable::run);
        fillers.clear();
    }

    @Override
    public void close() {
        launched.forEach(Arena::close);
        arena.close();
    }

    /** The tensor, whose bytes are moved so many times more. */
    Tensor moved(int times, Tensor tensor) {
        bytes += times * tensor.shape().elements() * tensor.dtype().bytes();
        return tensor;
    }

    private Tensor output(DType dtype, long terms, Tensor tensor, Extent extent) {
        double tolerance = dtype == DType.BF16 ? Tolerance.rounded(1, terms) : Tolerance.ofSum(terms);
        outputs.add(new KernelOutput(tensor, extent, tolerance));
        return tensor;
    }

    private Tensor whole(double low, double high, int... extents) {
        return filled(arena.allocate("weights", DType.F32, Shape.of(extents)), extents[0], DType.F32, low, high);
    }

    private Tensor samples(DType dtype, double low, double high, int... extents) {
        DType kept = dtype == DType.F32 ? DType.F32 : stored;
        return filled(arena.allocate("input", kept, batched(extents)), block, dtype, low, high);
    }

    /** Numbers of a type for the first slices, copied on the device to all the others. */
    private Tensor filled(Tensor target, int slices, DType dtype, double low, double high) {
        long from = random.nextLong();
        fillers.add(() -> {
            Tensor first = target.slices(0, slices);
            try (Arena floats = backend.newArena("contents")) {
                Tensor values = floats.allocate("contents", DType.F32, first.shape());
                floats.seal();
                backend.upload(numbers(from, first.shape().elements(), dtype, low, high), values);
                if (target.dtype() == DType.BF16) {
                    backend.pointwise().convert(values, first);
                } else {
                    backend.copy(values, first);
                }
            }
            int all = target.shape().extent(0);
            for (int done = slices; done < all; ) {
                int count = Math.min(done, all - done);
                backend.copy(target.slices(0, count), target.slices(done, count));
                done += count;
            }
        });
        return target;
    }

    private Shape batched(int... extents) {
        int[] all = new int[extents.length + 1];
        all[0] = shape.batch();
        System.arraycopy(extents, 0, all, 1, extents.length);
        return Shape.of(all);
    }

    private static float[] numbers(long seed, long count, DType dtype, double low, double high) {
        SplittableRandom draws = new SplittableRandom(seed);
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            float value = (float) (low + (high - low) * draws.nextDouble());
            values[i] = dtype == DType.BF16 ? Narrow.nearest(value) : value;
        }
        return values;
    }
}
