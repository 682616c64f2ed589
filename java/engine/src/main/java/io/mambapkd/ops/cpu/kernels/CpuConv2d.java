package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.checks.Conv2dChecks;
import io.mambapkd.ops.cpu.blas.Blas;
import io.mambapkd.ops.cpu.blas.BlasBuffer;
import io.mambapkd.ops.cpu.blas.OpenBlas;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.RowSplit;
import io.mambapkd.tensor.Narrow;
import io.mambapkd.tensor.Shape;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions as matrix products with a {@link PatchMatrix}, a few output rows at a time so that the patches stay in the second-level cache.
 * The gradient of the input is a convolution too: of the output's gradient with the kernel turned by 180 degrees.
 */
public final class CpuConv2d implements Conv2dOps {
    /** Floats of patches per product: a quarter of a megabyte. */
    private static final int PATCH_FLOATS = 1 << 16;
    /** At most this many partial sums of a weight gradient. */
    private static final int MAX_PARTIALS = 16;

    /** Values that a task rounds to BF16. */
    private static final int ROUNDED_PER_TASK = 1 << 16;

    private static final int KERNEL = 0;
    private static final int IMAGES = 1;
    private static final int GRADIENTS = 2;

    private static final int ZEROS = 0;
    private static final int SUMS = 1;
    private static final int PATCHES = 0;
    private static final int OUT = 1;

    private final CpuExecutor executor;
    private final Blas blas;
    private @Nullable BlasBuffer kernel;
    private float[] packed = {};
    private float[] partials = {};
    private final float[][] rounded = {{}, {}, {}};

    public CpuConv2d(CpuExecutor executor, Blas blas) {
        this.executor = executor;
        this.blas = blas;
    }

    @Override
    public void forward(Options options, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
        Conv2dChecks.channelsFirst(options);
        int outputs = Conv2dChecks.forward(options, x, weight, bias, y);
        PatchMatrix patches = patches(options, x, y);
        int inputs = x.shape().last();
        int taps = options.kernel() * options.kernel();
        Values kernelValues = values(options, weight, KERNEL);
        float[] weights = kernelValues.array;
        int weightAt = kernelValues.at;
        float[] matrix = packed(taps * inputs * outputs);
        for (int o = 0; o < outputs; o++) {
            for (int c = 0; c < inputs; c++) {
                int from = weightAt + (o * inputs + c) * taps;
                for (int tap = 0; tap < taps; tap++) {
                    matrix[(tap * inputs + c) * outputs + o] = weights[from + tap];
                }
            }
        }
        multiply(patches, values(options, x, IMAGES), matrix, bias, y);
    }

    @Override
    public void backwardData(Options options, Tensor weight, Tensor dy, Tensor dx) {
        Conv2dChecks.channelsFirst(options);
        int outputs = Conv2dChecks.backwardData(options, weight, dy, dx);
        int inputs = dx.shape().last();
        int taps = options.kernel() * options.kernel();
        PatchMatrix patches = new PatchMatrix(
                dy.shape().extent(1),
                dy.shape().extent(2),
                outputs,
                options.kernel(),
                1,
                options.stride(),
                options.kernel() - 1 - options.padding(),
                dx.shape().extent(1),
                dx.shape().extent(2));
        Values kernelValues = values(options, weight, KERNEL);
        float[] weights = kernelValues.array;
        int weightAt = kernelValues.at;
        float[] matrix = packed(taps * inputs * outputs);
        for (int o = 0; o < outputs; o++) {
            for (int c = 0; c < inputs; c++) {
                int from = weightAt + (o * inputs + c) * taps;
                for (int tap = 0; tap < taps; tap++) {
                    matrix[((taps - 1 - tap) * outputs + o) * inputs + c] = weights[from + tap];
                }
            }
        }
        multiply(patches, values(options, dy, IMAGES), matrix, null, dx);
    }

    @Override
    public void backwardWeights(Options options, Tensor x, Tensor dy, Tensor dWeight, @Nullable Tensor dBias) {
        int outputs = Conv2dChecks.backwardWeights(options, x, dy, dWeight, dBias);
        PatchMatrix patches = patches(options, x, dy);
        int rows = patches.outHeight() * x.shape().extent(0);
        int chunkRows = chunkRows(patches);
        int chunks = (rows + chunkRows - 1) / chunkRows;
        int chunksPerTask = (chunks + MAX_PARTIALS - 1) / MAX_PARTIALS;
        int tasks = (chunks + chunksPerTask - 1) / chunksPerTask;
        int columns = patches.columns();
        Transpose stored = patches.stored();
        int size = columns * outputs;
        int partialSize = size + outputs;
        float[] sums = partials(tasks * partialSize);
        Values images = values(options, x, IMAGES);
        Values gradients = values(options, dy, GRADIENTS);
        executor.run(tasks, (task, scratch) -> {
            BlasBuffer left = scratch.buffer(PATCHES, chunkRows * patches.outWidth() * columns);
            BlasBuffer right = scratch.buffer(OUT, chunkRows * patches.outWidth() * outputs);
            BlasBuffer product = scratch.buffer(2, size);
            float[] biasSums = scratch.floats(SUMS, outputs);
            Arrays.fill(biasSums, 0, outputs, 0f);
            int firstChunk = task * chunksPerTask;
            int endChunk = Math.min(chunks, firstChunk + chunksPerTask);
            for (int chunk = firstChunk; chunk < endChunk; chunk++) {
                int first = chunk * chunkRows;
                int count = Math.min(chunkRows, rows - first);
                int positions = count * patches.outWidth();
                int at = gradients.at + first * patches.outWidth() * outputs;
                patches.write(images.array, images.at, first, count, scratch, ZEROS, left);
                right.put(0, gradients.array, at, positions * outputs);
                blas.multiply(
                        stored == Transpose.YES ? Transpose.NO : Transpose.YES,
                        Transpose.NO,
                        columns,
                        outputs,
                        positions,
                        left,
                        0,
                        stored == Transpose.YES ? positions : columns,
                        right,
                        0,
                        outputs,
                        chunk > firstChunk,
                        product,
                        0,
                        outputs);
                if (dBias != null) {
                    // Of the gradient itself: a bias has no product.
                    addRows(CpuMemory.floats(dy), CpuMemory.at(dy) + at - gradients.at, positions, biasSums, outputs);
                }
            }
            product.get(0, sums, task * partialSize, size);
            System.arraycopy(biasSums, 0, sums, task * partialSize + size, outputs);
        });
        addPartials(sums, tasks, dWeight, dBias);
    }

    /** What a tensor's values are multiplied as. */
    private static final class Values {
        private final float[] array;
        private final int at;

        Values(float[] array, int at) {
            this.array = array;
            this.at = at;
        }
    }

    /** A tensor as the operands of an option: itself, or rounded to BF16. */
    private Values values(Options options, Tensor tensor, int place) {
        if (options.operands() == Operands.STORED) {
            return new Values(CpuMemory.floats(tensor), CpuMemory.at(tensor));
        }
        int count = Math.toIntExact(tensor.shape().elements());
        if (rounded[place].length < count) {
            rounded[place] = new float[count];
        }
        float[] target = rounded[place];
        float[] source = CpuMemory.floats(tensor);
        int at = CpuMemory.at(tensor);
        RowSplit split = RowSplit.byElements(count, 1, ROUNDED_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int i = split.first(task); i < split.end(task); i++) {
                target[i] = Narrow.rounded(source[at + i]);
            }
        });
        return new Values(target, 0);
    }

    private void multiply(PatchMatrix patches, Values source, float[] matrix, @Nullable Tensor bias, Tensor target) {
        int columns = patches.columns();
        Transpose stored = patches.stored();
        int outputs = target.shape().last();
        if (kernel == null || kernel.capacity() < columns * outputs) {
            kernel = blas.allocate(columns * outputs);
        }
        BlasBuffer right = kernel;
        right.put(0, matrix, 0, columns * outputs);
        int rows = patches.outHeight() * target.shape().extent(0);
        int chunkRows = chunkRows(patches);
        int tasks = (rows + chunkRows - 1) / chunkRows;
        float[] out = CpuMemory.floats(target);
        executor.run(tasks, (task, scratch) -> {
            int first = task * chunkRows;
            int count = Math.min(chunkRows, rows - first);
            int positions = count * patches.outWidth();
            BlasBuffer left = scratch.buffer(PATCHES, chunkRows * patches.outWidth() * columns);
            BlasBuffer product = scratch.buffer(OUT, chunkRows * patches.outWidth() * outputs);
            patches.write(source.array, source.at, first, count, scratch, ZEROS, left);
            blas.multiply(
                    stored,
                    Transpose.NO,
                    positions,
                    outputs,
                    columns,
                    left,
                    0,
                    stored == Transpose.YES ? positions : columns,
                    right,
                    0,
                    outputs,
                    false,
                    product,
                    0,
                    outputs);
            int at = CpuMemory.at(target) + first * patches.outWidth() * outputs;
            product.get(0, out, at, positions * outputs);
            if (bias != null) {
                float[] constants = CpuMemory.floats(bias);
                for (int position = 0; position < positions; position++) {
                    for (int o = 0; o < outputs; o++) {
                        out[at + position * outputs + o] += constants[CpuMemory.at(bias) + o];
                    }
                }
            }
        });
    }

    @Override
    public Workspace workspace(Options options, Shape images, int outputs) {
        long rows = (long) options.output(images.extent(1)) * images.extent(0);
        int width = options.output(images.extent(2));
        long inputs = images.last();
        long taps = (long) options.kernel() * options.kernel();
        long weights = taps * inputs * outputs;
        long chunkRows = Math.max(1, PATCH_FLOATS / (width * taps * inputs));
        long chunks = (rows + chunkRows - 1) / chunkRows;
        long chunksPerTask = (chunks + MAX_PARTIALS - 1) / MAX_PARTIALS;
        long tasks = (chunks + chunksPerTask - 1) / chunksPerTask;
        // The patches of the gradient have as many columns as the outputs have taps.
        long backRows = Math.max(1, PATCH_FLOATS / (images.extent(2) * taps * outputs));
        long left = Math.max(chunkRows * width * taps * inputs, backRows * images.extent(2) * taps * outputs);
        long right = Math.max(chunkRows * width * outputs, backRows * images.extent(2) * inputs);
        long ofImages = images.elements();
        long ofOutputs = rows * width * outputs;
        // Rounded copies of whole tensors; the gradient of the input reads the other's place of the images.
        long rounded = options.operands() == Operands.STORED ? 0 : weights + Math.max(ofImages, ofOutputs) + ofOutputs;
        long floats = rounded + weights + tasks * (weights + outputs);
        long buffers = weights + executor.threads() * (left + right + weights);
        return blas instanceof OpenBlas
                ? new Workspace(Float.BYTES * floats, Float.BYTES * buffers)
                : new Workspace(Float.BYTES * (floats + buffers), 0);
    }

    /** Adds the partial sums, in order, to the gradients in their own layout. */
    private void addPartials(float[] sums, int tasks, Tensor dWeight, @Nullable Tensor dBias) {
        int outputs = dWeight.shape().extent(0);
        int inputs = dWeight.shape().extent(1);
        int taps = dWeight.shape().extent(2) * dWeight.shape().extent(3);
        int size = outputs * inputs * taps;
        int partialSize = size + outputs;
        float[] gradient = CpuMemory.floats(dWeight);
        int at = CpuMemory.at(dWeight);
        executor.run(taps, (tap, scratch) -> {
            for (int c = 0; c < inputs; c++) {
                for (int o = 0; o < outputs; o++) {
                    gradient[at + (o * inputs + c) * taps + tap] +=
                            sum(sums, (tap * inputs + c) * outputs + o, tasks, partialSize);
                }
            }
        });
        if (dBias != null) {
            for (int o = 0; o < outputs; o++) {
                CpuMemory.floats(dBias)[CpuMemory.at(dBias) + o] += sum(sums, size + o, tasks, partialSize);
            }
        }
    }

    private static float sum(float[] values, int first, int count, int stride) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[first + i * stride];
        }
        return sum;
    }

    private static void addRows(float[] values, int at, int rows, float[] sums, int columns) {
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                sums[column] += values[at + row * columns + column];
            }
        }
    }

    private static PatchMatrix patches(Options options, Tensor x, Tensor y) {
        Shape in = x.shape();
        return new PatchMatrix(
                in.extent(1),
                in.extent(2),
                in.extent(3),
                options.kernel(),
                options.stride(),
                1,
                options.padding(),
                y.shape().extent(1),
                y.shape().extent(2));
    }

    private static int chunkRows(PatchMatrix patches) {
        return Math.max(1, PATCH_FLOATS / (patches.outWidth() * patches.columns()));
    }

    private float[] packed(int size) {
        if (packed.length < size) {
            packed = new float[size];
        }
        return packed;
    }

    private float[] partials(int size) {
        if (partials.length < size) {
            partials = new float[size];
        }
        return partials;
    }
}
