package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Images to sequences of tokens, the order of tokens, and learned positions. */
public interface PatchOps {
    /**
     * How an image is cut. One that tokens do not divide is continued with zeros at its bottom and its right: L = ceil(H/size) of {@link #ROWS},
     * ceil(W/size) of {@link #COLUMNS}, ceil(H/size)*ceil(W/size) of {@link #PATCHES}.
     */
    enum Cut {
        /** Token t is rows t*size .. t*size+size-1; its P = size*W*C values in the order (row, column, channel). */
        ROWS,
        /** Token t is columns t*size .. t*size+size-1; its P = size*H*C values in the order (column, row, channel). */
        COLUMNS,
        /** Square patches in row-major order; each P = size*size*C values in the order (row, column, channel). */
        PATCHES
    }

    /**
     * @param size at least 1
     * @param images (B, H, W, C)
     * @param tokens (B, L, P), overwritten
     */
    void tokens(Cut cut, int size, Tensor images, Tensor tokens);

    /**
     * Gradient of {@link #tokens}: puts every token's values back where they came from, and drops those of the zeros around the image.
     *
     * @param dImages (B, H, W, C), overwritten
     */
    void tokensGradient(Cut cut, int size, Tensor dTokens, Tensor dImages);

    /**
     * Reads a row-major grid of tokens by its columns: {@code y[b, l] = x[b, (t % rows) * columns + t / rows]} with {@code t = l}, or
     * {@code t = L - 1 - l} where reversed. One row keeps the order, from the first token or from the last. The inverse, which is the gradient
     * too, is {@code reorder(columns, rows, reversed, dy, dx)}.
     *
     * @param x (B, L, M), L = rows * columns
     * @param y (B, L, M), overwritten; not {@code x}
     */
    void reorder(int rows, int columns, boolean reversed, Tensor x, Tensor y);

    /**
     * {@code x[b, l, m] += position[l, m]}.
     *
     * @param x (B, L, M), updated in place
     * @param position (L, M)
     */
    void addPosition(Tensor x, Tensor position);

    /**
     * {@code dPosition[l, m] += sum over b of dx[b, l, m]}, in a fixed order.
     *
     * @param dPosition (L, M), added to
     */
    void positionGradient(Tensor dx, Tensor dPosition);
}
