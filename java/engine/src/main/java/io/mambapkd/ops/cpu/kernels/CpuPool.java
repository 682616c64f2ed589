package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.PoolOps;
import io.mambapkd.ops.checks.PoolChecks;
import io.mambapkd.ops.cpu.memory.CpuMemory;
import io.mambapkd.ops.cpu.threads.CpuExecutor;
import io.mambapkd.tensor.Tensor;
import java.util.Arrays;

/** Pooling, a task per image. */
public final class CpuPool implements PoolOps {
    private final CpuExecutor executor;

    public CpuPool(CpuExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void maxPool2x2(Tensor x, Tensor y) {
        int[] in = PoolChecks.maxPool(PoolChecks.PAIRS, x, y);
        int channels = in[3];
        int outHeight = in[1] / 2;
        int outWidth = in[2] / 2;
        int rowStride = in[2] * channels;
        float[] source = CpuMemory.floats(x);
        float[] target = CpuMemory.floats(y);
        int row = outWidth * channels;
        executor.run(in[0], (image, scratch) -> {
            float[] largest = scratch.floats(0, row);
            float[] next = scratch.floats(1, row);
            int to = CpuMemory.at(y) + image * outHeight * row;
            for (int i = 0; i < outHeight; i++, to += row) {
                int from = CpuMemory.at(x) + (image * in[1] + 2 * i) * rowStride;
                everySecond(source, from, channels, row, largest);
                for (int other : new int[] {from + channels, from + rowStride, from + rowStride + channels}) {
                    everySecond(source, other, channels, row, next);
                    raise(largest, next, row);
                }
                System.arraycopy(largest, 0, target, to, row);
            }
        });
    }

    /** Copies every second pixel of a row: the compiler vectorises loops over arrays that start at 0, see {@link ChannelRows}. */
    private static void everySecond(float[] source, int from, int channels, int count, float[] target) {
        for (int at = 0; at < count; at += channels) {
            System.arraycopy(source, from + 2 * at, target, at, channels);
        }
    }

    private static void raise(float[] largest, float[] values, int count) {
        for (int i = 0; i < count; i++) {
            largest[i] = Math.max(largest[i], values[i]);
        }
    }

    @Override
    public void maxPool2x2Gradient(Tensor x, Tensor dy, Tensor dx) {
        int[] in = PoolChecks.maxPoolGradient(PoolChecks.PAIRS, x, dy, dx);
        int channels = in[3];
        int outHeight = in[1] / 2;
        int outWidth = in[2] / 2;
        int rowStride = in[2] * channels;
        int imageSize = in[1] * rowStride;
        float[] source = CpuMemory.floats(x);
        float[] gradient = CpuMemory.floats(dy);
        float[] target = CpuMemory.floats(dx);
        executor.run(in[0], (image, scratch) -> {
            int from = CpuMemory.at(dy) + image * outHeight * outWidth * channels;
            int xAt = CpuMemory.at(x) + image * imageSize;
            int dxAt = CpuMemory.at(dx) + image * imageSize;
            Arrays.fill(target, dxAt, dxAt + imageSize, 0f);
            for (int i = 0; i < outHeight; i++) {
                for (int j = 0; j < outWidth; j++) {
                    int corner = 2 * i * rowStride + 2 * j * channels;
                    for (int c = 0; c < channels; c++) {
                        int largest = firstMaximum(source, xAt + corner + c, channels, rowStride);
                        target[dxAt + corner + c + largest] = gradient[from + c];
                    }
                    from += channels;
                }
            }
        });
    }

    /** Distance from {@code at} to the largest of four values; the first of them in row-major order on a tie. */
    private static int firstMaximum(float[] values, int at, int channels, int rowStride) {
        float left = values[at];
        float right = values[at + channels];
        float bottomLeft = values[at + rowStride];
        float bottomRight = values[at + rowStride + channels];
        // Arithmetic in place of branches, which nobody could predict: four times faster.
        int top = (right > left ? 1 : 0) * channels;
        int bottom = (bottomRight > bottomLeft ? 1 : 0) * channels + rowStride;
        int lower = Math.max(bottomLeft, bottomRight) > Math.max(left, right) ? 1 : 0;
        return top + lower * (bottom - top);
    }

    @Override
    public void maxPool(Windows windows, Tensor x, Tensor y) {
        int[] in = PoolChecks.maxPool(windows, x, y);
        int channels = in[3];
        int rowStride = in[2] * channels;
        int outHeight = in[1] / windows.height();
        int outWidth = in[2] / windows.width();
        float[] source = CpuMemory.floats(x);
        float[] target = CpuMemory.floats(y);
        executor.run(in[0], (image, scratch) -> {
            float[] best = scratch.floats(0, channels);
            int to = CpuMemory.at(y) + image * outHeight * outWidth * channels;
            for (int window = 0; window < outHeight * outWidth; window++) {
                int corner = CpuMemory.at(x) + image * in[1] * rowStride + corner(windows, window, outWidth, in);
                maximum(windows, source, corner, rowStride, best, channels);
                System.arraycopy(best, 0, target, to + window * channels, channels);
            }
        });
    }

    @Override
    public void maxPoolGradient(Windows windows, Tensor x, Tensor dy, Tensor dx) {
        int[] in = PoolChecks.maxPoolGradient(windows, x, dy, dx);
        int channels = in[3];
        int rowStride = in[2] * channels;
        int imageSize = in[1] * rowStride;
        int outHeight = in[1] / windows.height();
        int outWidth = in[2] / windows.width();
        float[] source = CpuMemory.floats(x);
        float[] gradient = CpuMemory.floats(dy);
        float[] target = CpuMemory.floats(dx);
        executor.run(in[0], (image, scratch) -> {
            float[] best = scratch.floats(0, channels);
            float[] left = scratch.floats(1, channels);
            int from = CpuMemory.at(dy) + image * outHeight * outWidth * channels;
            int xAt = CpuMemory.at(x) + image * imageSize;
            int dxAt = CpuMemory.at(dx) + image * imageSize;
            Arrays.fill(target, dxAt, dxAt + imageSize, 0f);
            for (int window = 0; window < outHeight * outWidth; window++) {
                int corner = corner(windows, window, outWidth, in);
                maximum(windows, source, xAt + corner, rowStride, best, channels);
                System.arraycopy(gradient, from + window * channels, left, 0, channels);
                for (int i = 0; i < windows.height() * windows.width(); i++) {
                    int at = corner + i / windows.width() * rowStride + i % windows.width() * channels;
                    for (int c = 0; c < channels; c++) {
                        boolean first = source[xAt + at + c] == best[c];
                        target[dxAt + at + c] = first ? left[c] : 0f;
                        left[c] = first ? 0f : left[c];
                    }
                }
            }
        });
    }

    /** Element of an image where a window begins. */
    private static int corner(Windows windows, int window, int outWidth, int[] in) {
        int row = window / outWidth * windows.height();
        int column = window % outWidth * windows.width();
        return (row * in[2] + column) * in[3];
    }

    /** The largest value of each channel in a window, into {@code best}. */
    private static void maximum(Windows windows, float[] x, int corner, int rowStride, float[] best, int channels) {
        System.arraycopy(x, corner, best, 0, channels);
        for (int i = 1; i < windows.height() * windows.width(); i++) {
            int at = corner + i / windows.width() * rowStride + i % windows.width() * channels;
            for (int c = 0; c < channels; c++) {
                best[c] = Math.max(best[c], x[at + c]);
            }
        }
    }

    @Override
    public void globalAveragePool(Tensor x, Tensor y) {
        int[] in = PoolChecks.globalAveragePool(x, y);
        int positions = in[1] * in[2];
        int channels = in[3];
        float[] source = CpuMemory.floats(x);
        float[] target = CpuMemory.floats(y);
        executor.run(in[0], (image, scratch) -> {
            int from = CpuMemory.at(x) + image * positions * channels;
            int to = CpuMemory.at(y) + image * channels;
            Arrays.fill(target, to, to + channels, 0f);
            for (int position = 0; position < positions; position++) {
                for (int c = 0; c < channels; c++) {
                    target[to + c] += source[from + position * channels + c];
                }
            }
            for (int c = 0; c < channels; c++) {
                target[to + c] /= positions;
            }
        });
    }

    @Override
    public void globalAveragePoolGradient(Tensor dy, Tensor dx) {
        int[] in = PoolChecks.globalAveragePool(dx, dy);
        int positions = in[1] * in[2];
        int channels = in[3];
        float[] source = CpuMemory.floats(dy);
        float[] target = CpuMemory.floats(dx);
        executor.run(in[0], (image, scratch) -> {
            int from = CpuMemory.at(dy) + image * channels;
            int to = CpuMemory.at(dx) + image * positions * channels;
            for (int c = 0; c < channels; c++) {
                target[to + c] = source[from + c] / positions;
            }
            for (int position = 1; position < positions; position++) {
                System.arraycopy(target, to, target, to + position * channels, channels);
            }
        });
    }
}
