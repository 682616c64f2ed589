package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.PatchOps;
import io.mambapkd.ops.checks.PatchChecks;
import io.mambapkd.ops.cpu.math.Loops;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.ops.cpu.threads.Partials;
import io.mambapkd.ops.cpu.threads.RowSplit;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;

/** Copies of runs of values; one task for some images. */
public final class CpuPatch implements PatchOps {
    private static final int ELEMENTS_PER_TASK = 32768;

    private final CpuExecutor executor;
    private final Partials partials = new Partials();

    public CpuPatch(CpuExecutor executor) {
        this.executor = executor;
    }

    /** Takes a run of contiguous values of an image, which is contiguous in its token too. */
    @FunctionalInterface
    private interface Run {
        void copy(int imageAt, int tokenAt, int count);
    }

    @Override
    public void tokens(Cut cut, int size, Tensor images, Tensor tokens) {
        PatchChecks.tokens("tokens", cut, size, images, tokens);
        float[] from = CpuMemory.floats(images);
        float[] to = CpuMemory.floats(tokens);
        if (tokens.shape().elements() > images.shape().elements()) {
            clear(tokens);
        }
        overImages(cut, size, images, tokens, (imageAt, tokenAt, count) -> {
            if (count == 1) {
                to[tokenAt] = from[imageAt];
            } else {
                System.arraycopy(from, imageAt, to, tokenAt, count);
            }
        });
    }

    @Override
    public void tokensGradient(Cut cut, int size, Tensor dTokens, Tensor dImages) {
        PatchChecks.tokens("tokens_gradient", cut, size, dImages, dTokens);
        float[] from = CpuMemory.floats(dTokens);
        float[] to = CpuMemory.floats(dImages);
        overImages(
                cut,
                size,
                dImages,
                dTokens,
                (imageAt, tokenAt, count) -> System.arraycopy(from, tokenAt, to, imageAt, count));
    }

    private void clear(Tensor tensor) {
        float[] values = CpuMemory.floats(tensor);
        int at = CpuMemory.at(tensor);
        RowSplit split = RowSplit.byElements(Math.toIntExact(tensor.shape().elements()), 1, ELEMENTS_PER_TASK);
        executor.run(
                split.tasks(),
                (task, scratch) -> Arrays.fill(values, at + split.first(task), at + split.end(task), 0f));
    }

    private void overImages(Cut cut, int size, Tensor images, Tensor tokens, Run run) {
        int[] shape = images.shape().toArray();
        int elements = shape[1] * shape[2] * shape[3];
        int tokenElements = tokens.shape().extent(1) * tokens.shape().extent(2);
        RowSplit split = RowSplit.byElements(shape[0], elements, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int b = split.first(task); b < split.end(task); b++) {
                int imageAt = CpuMemory.at(images) + b * elements;
                int tokenAt = CpuMemory.at(tokens) + b * tokenElements;
                switch (cut) {
                    case ROWS -> run.copy(imageAt, tokenAt, elements);
                    case COLUMNS -> columns(shape[1], shape[2], shape[3], imageAt, tokenAt, run);
                    case PATCHES -> patches(size, shape[1], shape[2], shape[3], imageAt, tokenAt, run);
                }
            }
        });
    }

    private static void columns(int height, int width, int channels, int imageAt, int tokenAt, Run run) {
        for (int column = 0; column < width; column++) {
            for (int row = 0; row < height; row++) {
                run.copy(
                        imageAt + (row * width + column) * channels,
                        tokenAt + (column * height + row) * channels,
                        channels);
            }
        }
    }

    private static void patches(int size, int height, int width, int channels, int imageAt, int tokenAt, Run run) {
        int to = tokenAt;
        int patchRow = size * channels;
        for (int top = 0; top < height; top += size) {
            int bottom = Math.min(height, top + size);
            for (int left = 0; left < width; left += size) {
                int count = Math.min(size, width - left) * channels;
                for (int row = top; row < bottom; row++) {
                    run.copy(imageAt + (row * width + left) * channels, to + (row - top) * patchRow, count);
                }
                to += size * patchRow;
            }
        }
    }

    @Override
    public void reorder(int rows, int columns, boolean reversed, Tensor x, Tensor y) {
        PatchChecks.reorder(rows, columns, x, y);
        int[] shape = x.shape().toArray();
        int length = shape[1];
        int width = shape[2];
        float[] from = CpuMemory.floats(x);
        float[] to = CpuMemory.floats(y);
        RowSplit split = RowSplit.byElements(shape[0], length * width, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int b = split.first(task); b < split.end(task); b++) {
                int xAt = CpuMemory.at(x) + b * length * width;
                int yAt = CpuMemory.at(y) + b * length * width;
                for (int l = 0; l < length; l++) {
                    int t = reversed ? length - 1 - l : l;
                    int source = t % rows * columns + t / rows;
                    System.arraycopy(from, xAt + source * width, to, yAt + l * width, width);
                }
            }
        });
    }

    @Override
    public void addPosition(Tensor x, Tensor position) {
        PatchChecks.addPosition(x, position);
        int[] shape = x.shape().toArray();
        int size = shape[1] * shape[2];
        float[] values = CpuMemory.floats(x);
        float[] positions = CpuMemory.floats(position);
        RowSplit split = RowSplit.byElements(shape[0], size, ELEMENTS_PER_TASK);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int b = split.first(task); b < split.end(task); b++) {
                Loops.accumulate(values, CpuMemory.at(x) + b * size, positions, CpuMemory.at(position), size);
            }
        });
    }

    @Override
    public void positionGradient(Tensor dx, Tensor dPosition) {
        PatchChecks.positionGradient(dx, dPosition);
        int[] shape = dx.shape().toArray();
        int size = shape[1] * shape[2];
        float[] gradient = CpuMemory.floats(dx);
        RowSplit split = RowSplit.byElements(shape[0], size, ELEMENTS_PER_TASK);
        float[] sums = partials.reset(split.tasks(), size);
        executor.run(split.tasks(), (task, scratch) -> {
            for (int b = split.first(task); b < split.end(task); b++) {
                Loops.accumulate(sums, task * size, gradient, CpuMemory.at(dx) + b * size, size);
            }
        });
        partials.total();
        partials.addTo(CpuMemory.floats(dPosition), CpuMemory.at(dPosition), 0, size);
    }
}
