package io.mambapkd.ops.cpu.dnnl;

import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.ops.ConvolutionCall.Direction;
import io.mambapkd.ops.Fallback;
import io.mambapkd.ops.PointwiseOps;
import io.mambapkd.ops.checks.Conv2dChecks;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.Partials;
import io.mambapkd.ops.cpu.threads.Scratch;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions by oneDNN, some images at a time, each on one thread. How many depends on the shape alone, and sums over images are added in a fixed order: the bits
 * are the same for any number of threads.
 */
public final class OneDnnConv2d implements Conv2dOps {
    /** Floats that the images of a piece have, before and after: four megabytes. */
    private static final int PIECE_FLOATS = 1 << 20;
    /** Most images of a piece. */
    private static final int MOST_IMAGES = 64;
    /** Pieces that a batch has at least, if it has as many images: work for as many threads. */
    private static final int LEAST_PIECES = 16;
    /** At most this many partial sums of a kernel's gradient. */
    private static final int MOST_PARTIALS = 16;
    /** Channels of a vector of the widest processors. */
    private static final int VECTOR = 16;

    private static final int PRODUCT = 0;

    private final CpuExecutor executor;
    private final Conv2dOps patches;
    private final PointwiseOps pointwise;
    private final boolean bfloat16;
    private final Map<ConvolutionCall, CompiledConvolution> compiled = new HashMap<>();
    private final Partials partials = new Partials();
    private @Nullable NativeBuffer kernel;

    /**
     * On a machine where {@link OneDnn#problem} finds none.
     *
     * @param patches computes what the library has only its slow reference code for
     * @param pointwise of the same threads, for biases
     */
    public OneDnnConv2d(CpuExecutor executor, Conv2dOps patches, PointwiseOps pointwise) {
        this(executor, patches, pointwise, OneDnn.multipliesBfloat16());
    }

    /** @param bfloat16 whether the processor multiplies BF16; where it does not, F32 multiplies what was rounded */
    OneDnnConv2d(CpuExecutor executor, Conv2dOps patches, PointwiseOps pointwise, boolean bfloat16) {
        this.executor = executor;
        this.patches = patches;
        this.pointwise = pointwise;
        this.bfloat16 = bfloat16;
    }

    @Override
    public void forward(Options options, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        Conv2dChecks.channelsFirst(options);
        Conv2dChecks.forward(options, x, weight, bias, y);
        ConvolutionCall piece = call(Direction.FORWARD, options, x, y);
        if (compiled(piece).isReference()) {
            patches.forward(options, x, weight, bias, y);
            return;
        }
        multiply(piece, x, weight, y);
        if (bias != null) {
            pointwise.addBias(y, bias);
        }
    }

    @Override
    public void backwardData(Options options, Tensor weight, Tensor dy, Tensor dx) {
        Conv2dChecks.channelsFirst(options);
        Conv2dChecks.backwardData(options, weight, dy, dx);
        ConvolutionCall piece = call(Direction.BACKWARD_DATA, options, dx, dy);
        if (compiled(piece).isReference()) {
            patches.backwardData(options, weight, dy, dx);
            return;
        }
        multiply(piece, dy, weight, dx);
    }

    /** The images of {@code source} times the kernel. */
    private void multiply(ConvolutionCall piece, Tensor source, Tensor weight, Tensor target) {
        CompiledConvolution convolution = compiled(piece);
        FactorType type = type(piece);
        NativeBuffer factor = kernel(convolution.factor().get_size());
        executor.run(
                1,
                (task, scratch) -> worker(scratch)
                        .bringKernel(piece, convolution, type, CpuMemory.floats(weight), CpuMemory.at(weight), factor));
        int read = piece.batch() * elements(source);
        int written = piece.batch() * elements(target);
        executor.run(source.shape().extent(0) / piece.batch(), (task, scratch) -> {
            Worker worker = worker(scratch);
            Pointer images = worker.bring(
                    type, CpuMemory.floats(source), CpuMemory.at(source) + task * read, read, Worker.Slot.IMAGES);
            worker.run(piece, convolution, images, factor.address())
                    .get(CpuMemory.floats(target), CpuMemory.at(target) + task * written, written);
        });
    }

    @Override
    public void backwardWeights(Options options, Tensor x, Tensor dy, Tensor dWeight, @Nullable Tensor dBias) {
        Conv2dChecks.backwardWeights(options, x, dy, dWeight, dBias);
        ConvolutionCall piece = call(Direction.BACKWARD_FILTER, options, x, dy);
        if (compiled(piece).isReference()) {
            patches.backwardWeights(options, x, dy, dWeight, dBias);
            return;
        }
        addGradient(piece, x, dy, dWeight, (worker, index, gradients) -> {});
        if (dBias != null) {
            pointwise.biasGradient(dy, dBias);
        }
    }

    @Override
    public void backward(Options options, Tensor x, Tensor weight, Tensor dy, Tensor dWeight, Tensor dx) {
        Conv2dChecks.backwardWeights(options, x, dy, dWeight, null);
        Conv2dChecks.channelsFirst(options);
        Conv2dChecks.backwardData(options, weight, dy, dx);
        ConvolutionCall filter = call(Direction.BACKWARD_FILTER, options, x, dy);
        ConvolutionCall data = call(Direction.BACKWARD_DATA, options, dx, dy);
        CompiledConvolution convolution = compiled(data);
        if (compiled(filter).isReference() || convolution.isReference()) {
            Conv2dOps.super.backward(options, x, weight, dy, dWeight, dx);
            return;
        }
        NativeBuffer factor = packed(data, convolution, weight);
        int written = data.batch() * elements(dx);
        addGradient(
                filter,
                x,
                dy,
                dWeight,
                (worker, index, gradients) -> worker.run(data, convolution, gradients, factor.address())
                        .get(CpuMemory.floats(dx), CpuMemory.at(dx) + index * written, written));
    }

    /** What else is computed of a piece of the output's gradient once it is with the library. */
    @FunctionalInterface
    private interface Beside {
        void compute(Worker worker, int index, Pointer gradients);
    }

    private void addGradient(ConvolutionCall piece, Tensor x, Tensor dy, Tensor dWeight, Beside beside) {
        CompiledConvolution convolution = compiled(piece);
        FactorType type = type(piece);
        int pieces = x.shape().extent(0) / piece.batch();
        int piecesPerTask = (pieces + MOST_PARTIALS - 1) / MOST_PARTIALS;
        int tasks = (pieces + piecesPerTask - 1) / piecesPerTask;
        int size = Math.toIntExact(convolution.result().get_size() / Float.BYTES);
        float[] sums = partials.unset(tasks, size);
        int before = piece.batch() * elements(x);
        int after = piece.batch() * elements(dy);
        executor.run(tasks, (task, scratch) -> {
            Worker worker = worker(scratch);
            int first = task * piecesPerTask;
            for (int i = first; i < Math.min(pieces, first + piecesPerTask); i++) {
                Pointer images = worker.bring(
                        type, CpuMemory.floats(x), CpuMemory.at(x) + i * before, before, Worker.Slot.IMAGES);
                Pointer gradients = worker.bring(
                        type, CpuMemory.floats(dy), CpuMemory.at(dy) + i * after, after, Worker.Slot.FACTOR);
                NativeBuffer gradient = worker.run(piece, convolution, images, gradients);
                if (i == first) {
                    gradient.get(sums, task * size, size);
                } else {
                    float[] product = scratch.floats(PRODUCT, size);
                    gradient.get(product, 0, size);
                    Loops.accumulate(sums, task * size, product, 0, size);
                }
                beside.compute(worker, i, gradients);
            }
        });
        partials.total(executor);
        addToGradient(piece, convolution, sums, size, dWeight);
    }

    private void addToGradient(
            ConvolutionCall piece, CompiledConvolution convolution, float[] sums, int size, Tensor dWeight) {
        int count = Math.toIntExact(dWeight.shape().elements());
        executor.run(1, (task, scratch) -> {
            float[] plain = scratch.floats(PRODUCT, count);
            worker(scratch).takeKernel(piece, convolution, sums, size, plain);
            Loops.accumulate(CpuMemory.floats(dWeight), CpuMemory.at(dWeight), plain, 0, count);
        });
    }

    @Override
    public Workspace workspace(Options options, Shape images, int outputs) {
        int height = options.output(images.extent(1));
        int width = options.output(images.extent(2));
        long before = (long) images.extent(1) * images.extent(2) * images.last();
        long after = (long) height * width * outputs;
        long piece = piece(images.extent(0), before + after);
        // The library rounds channels up to those of a vector.
        long weights = (long) options.kernel() * options.kernel() * vectors(images.last()) * vectors(outputs);
        long tasks = Math.min(MOST_PARTIALS, images.extent(0) / piece);
        // Staged, images, factor and result; the scratchpads of all functions are smaller than a staged piece.
        long ofThread = piece * (2 * Math.max(before, after) + before + after) + 3 * weights;
        return new Workspace(
                Float.BYTES * (tasks + 1) * weights, Float.BYTES * (weights + executor.threads() * ofThread));
    }

    private static long vectors(int channels) {
        return (channels + VECTOR - 1) / VECTOR * (long) VECTOR;
    }

    /** Functions that the library has only its reference code for, and that products of patches compute. */
    public List<Fallback> fallbacks() {
        return compiled.entrySet().stream()
                .filter(entry -> entry.getValue().isReference())
                .map(entry -> new Fallback(text(entry.getKey()), true))
                .distinct()
                .toList();
    }

    private static String text(ConvolutionCall call) {
        Options options = call.options();
        return "matrix products compute " + call.direction().words() + " of the convolution of " + call.height() + "x"
                + call.width() + "x" + call.inputs() + " to " + call.outputs() + " channels with a kernel of "
                + options.kernel() + ", stride " + options.stride() + " and padding " + options.padding()
                + ", as oneDNN has no fast code for it on this processor";
    }

    private FactorType type(ConvolutionCall call) {
        return switch (call.options().operands()) {
            case STORED -> FactorType.F32;
            case BF16 -> bfloat16 ? FactorType.BF16 : FactorType.ROUNDED;
        };
    }

    /** A piece of the batch, as a call of its own. */
    private static ConvolutionCall call(Direction direction, Options options, Tensor inputs, Tensor outputs) {
        Shape shape = inputs.shape();
        int images = piece(shape.extent(0), elements(inputs) + elements(outputs));
        return new ConvolutionCall(
                direction,
                images,
                shape.extent(1),
                shape.extent(2),
                shape.extent(3),
                outputs.shape().last(),
                options);
    }

    /** Images of a piece: as many as fit, and a divisor of the batch, so that all pieces are alike. */
    private static int piece(int batch, long elementsPerImage) {
        long most = Math.min(
                Math.min(MOST_IMAGES, (batch + LEAST_PIECES - 1) / LEAST_PIECES),
                Math.max(1, PIECE_FLOATS / elementsPerImage));
        int images = (int) most;
        while (batch % images != 0) {
            images--;
        }
        return images;
    }

    private static int elements(Tensor images) {
        return Math.toIntExact(images.shape().elements() / images.shape().extent(0));
    }

    private CompiledConvolution compiled(ConvolutionCall call) {
        return compiled.computeIfAbsent(
                call, key -> CompiledConvolution.of(key, type(key).type()));
    }

    /** The kernel as the library wants it. */
    private NativeBuffer packed(ConvolutionCall piece, CompiledConvolution convolution, Tensor weight) {
        NativeBuffer factor = kernel(convolution.factor().get_size());
        executor.run(
                1,
                (task, scratch) -> worker(scratch)
                        .bringKernel(
                                piece,
                                convolution,
                                type(piece),
                                CpuMemory.floats(weight),
                                CpuMemory.at(weight),
                                factor));
        return factor;
    }

    private NativeBuffer kernel(long bytes) {
        if (kernel == null || !kernel.holds(bytes)) {
            kernel = new NativeBuffer(bytes);
        }
        return kernel;
    }

    private static Worker worker(Scratch scratch) {
        return scratch.own(Worker.class, Worker::new);
    }
}
