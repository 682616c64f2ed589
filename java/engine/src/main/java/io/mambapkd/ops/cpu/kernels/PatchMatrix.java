package io.mambapkd.ops.cpu.kernels;

import io.mambapkd.ops.Transpose;
import io.mambapkd.ops.cpu.blas.BlasBuffer;
import io.mambapkd.ops.cpu.threads.Scratch;
import java.util.Arrays;

/**
 * Images (B, H, W, C) read as the left operand of a convolution: a row for every output position, holding the values under the kernel in the
 * order (kernel row, kernel column, channel), 0 outside the image. Output position (i, j) and tap (p, q) meet at image position
 * {@code ((i*step + p - offset) / dilation, (j*step + q - offset) / dilation)}, where both divisions must be exact: a step above 1 is a
 * strided convolution, a dilation above 1 the gradient of one.
 *
 * @param height H of the image that is read
 * @param width W of it
 * @param channels C of it
 * @param kernel taps along each axis
 * @param outHeight output positions along each axis
 */
record PatchMatrix(
        int height,
        int width,
        int channels,
        int kernel,
        int step,
        int dilation,
        int offset,
        int outHeight,
        int outWidth) {
    /**
     * How the matrix is stored: {@link Transpose#YES} if column by column. With one channel the runs of a row are too short for copies to pay, while a column
     * holds whole rows of the image.
     */
    Transpose stored() {
        return channels == 1 && step == 1 && dilation == 1 ? Transpose.YES : Transpose.NO;
    }

    /** Columns of the matrix. */
    int columns() {
        return kernel * kernel * channels;
    }

    /**
     * Writes the matrix rows of some output rows to the start of {@code target}. Output rows are counted through the whole batch.
     *
     * @param at first element of the images in {@code images}
     * @param slot of a scratch float array that this may use
     */
    void write(float[] images, int at, int firstRow, int rows, Scratch scratch, int slot, BlasBuffer target) {
        // Straight into the buffer, run by run: a copy by way of an array costs twice as much.
        if (stored() == Transpose.YES) {
            writeColumns(images, at, firstRow, rows, scratch.floats(slot, outWidth), target);
            return;
        }
        float[] zeros = scratch.floats(slot, kernel * channels);
        Arrays.fill(zeros, 0, kernel * channels, 0f);
        for (int row = 0; row < rows; row++) {
            int image = (firstRow + row) / outHeight;
            int i = (firstRow + row) % outHeight;
            int imageAt = at + image * height * width * channels;
            for (int p = 0; p < kernel; p++) {
                int y = i * step + p - offset;
                int to = (row * outWidth * kernel + p) * kernel * channels;
                if (y < 0 || y % dilation != 0 || y / dilation >= height) {
                    clear(zeros, target, to);
                } else if (dilation == 1) {
                    copyRuns(images, imageAt + y * width * channels, zeros, target, to);
                } else {
                    copyTaps(images, imageAt + y / dilation * width * channels, zeros, target, to);
                }
            }
        }
    }

    private void writeColumns(float[] images, int at, int firstRow, int rows, float[] line, BlasBuffer target) {
        for (int row = 0; row < rows; row++) {
            int image = (firstRow + row) / outHeight;
            int i = (firstRow + row) % outHeight;
            for (int p = 0; p < kernel; p++) {
                int y = i + p - offset;
                for (int q = 0; q < kernel; q++) {
                    int before = Math.min(outWidth, Math.max(0, offset - q));
                    int end = y < 0 || y >= height ? before : Math.max(before, Math.min(outWidth, width + offset - q));
                    Arrays.fill(line, 0, outWidth, 0f);
                    if (end > before) {
                        int from = at + (image * height + y) * width + before + q - offset;
                        System.arraycopy(images, from, line, before, end - before);
                    }
                    target.put(((p * kernel + q) * rows + row) * outWidth, line, 0, outWidth);
                }
            }
        }
    }

    private void clear(float[] zeros, BlasBuffer target, int first) {
        int to = first;
        for (int j = 0; j < outWidth; j++) {
            target.put(to, zeros, 0, kernel * channels);
            to += columns();
        }
    }

    /** Without dilation the taps of a kernel row are one run in the image, cut off at its borders. */
    private void copyRuns(float[] images, int imageRow, float[] zeros, BlasBuffer target, int first) {
        int to = first;
        for (int j = 0; j < outWidth; j++) {
            int left = j * step - offset;
            if (left >= 0 && left + kernel <= width) {
                target.put(to, images, imageRow + left * channels, kernel * channels);
            } else {
                int before = Math.min(kernel, Math.max(0, -left));
                int after = Math.min(kernel - before, Math.max(0, left + kernel - width));
                int inside = kernel - before - after;
                target.put(to, zeros, 0, before * channels);
                target.put(to + before * channels, images, imageRow + (left + before) * channels, inside * channels);
                target.put(to + (before + inside) * channels, zeros, 0, after * channels);
            }
            to += columns();
        }
    }

    private void copyTaps(float[] images, int imageRow, float[] zeros, BlasBuffer target, int first) {
        for (int j = 0; j < outWidth; j++) {
            for (int q = 0; q < kernel; q++) {
                int to = first + j * columns() + q * channels;
                int x = j * step + q - offset;
                if (x < 0 || x % dilation != 0 || x / dilation >= width) {
                    target.put(to, zeros, 0, channels);
                } else {
                    target.put(to, images, imageRow + x / dilation * channels, channels);
                }
            }
        }
    }
}
