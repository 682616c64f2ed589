package io.mambapkd.ops.cpu;

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
    /** Below this many floats a loop is faster than a library copy. */
    private static final int SHORT_RUN = 16;

    /** Columns of the matrix. */
    int columns() {
        return kernel * kernel * channels;
    }

    /**
     * Writes the matrix rows of some output rows to the start of {@code target}. Output rows are counted through the whole batch.
     *
     * @param at first element of the images in {@code images}
     * @param scratchSlot of a float array that this may use
     */
    void write(float[] images, int at, int firstRow, int rows, Scratch scratch, int scratchSlot, BlasBuffer target) {
        // One output row at a time in an array that stays in the first-level cache, because a copy to the buffer has a
        // price of its own.
        int size = outWidth * columns();
        float[] line = scratch.floats(scratchSlot, size);
        for (int row = 0; row < rows; row++) {
            int image = (firstRow + row) / outHeight;
            int i = (firstRow + row) % outHeight;
            int imageAt = at + image * height * width * channels;
            for (int p = 0; p < kernel; p++) {
                int y = i * step + p - offset;
                if (y < 0 || y % dilation != 0 || y / dilation >= height) {
                    clearTaps(line, p);
                } else if (dilation == 1) {
                    copyRuns(images, imageAt + y * width * channels, line, p);
                } else {
                    copyTaps(images, imageAt + y / dilation * width * channels, line, p);
                }
            }
            target.put(row * size, line, 0, size);
        }
    }

    private void clearTaps(float[] line, int p) {
        int run = kernel * channels;
        for (int j = 0; j < outWidth; j++) {
            int to = j * columns() + p * run;
            Arrays.fill(line, to, to + run, 0f);
        }
    }

    /** Without dilation the taps of a kernel row are one run in the image. */
    private void copyRuns(float[] images, int imageRow, float[] line, int p) {
        int run = kernel * channels;
        for (int j = 0; j < outWidth; j++) {
            int to = j * columns() + p * run;
            int left = j * step - offset;
            int first = Math.max(left, 0);
            int end = Math.max(first, Math.min(left + kernel, width));
            int before = Math.min(run, (first - left) * channels);
            int count = (end - first) * channels;
            if (count < run) {
                Arrays.fill(line, to, to + run, 0f);
            }
            copy(images, imageRow + first * channels, line, to + before, count);
        }
    }

    private void copyTaps(float[] images, int imageRow, float[] line, int p) {
        for (int j = 0; j < outWidth; j++) {
            for (int q = 0; q < kernel; q++) {
                int to = j * columns() + (p * kernel + q) * channels;
                int x = j * step + q - offset;
                if (x < 0 || x % dilation != 0 || x / dilation >= width) {
                    Arrays.fill(line, to, to + channels, 0f);
                } else {
                    copy(images, imageRow + x / dilation * channels, line, to, channels);
                }
            }
        }
    }

    private static void copy(float[] source, int from, float[] target, int to, int count) {
        if (count >= SHORT_RUN) {
            System.arraycopy(source, from, target, to, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            target[to + i] = source[from + i];
        }
    }
}
