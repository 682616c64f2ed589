package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Images to sequences of tokens, and learned positions. */
public interface PatchOps {
    /** How an image is cut. */
    enum Cut {
        /** Token t is rows t*size .. t*size+size-1; its P = size*W*C values in the order (row, column, channel). */
        ROWS,
        /** Token t is columns t*size .. t*size+size-1; its P = size*H*C values in the order (column, row, channel). */
        COLUMNS,
        /** Square patches in row-major order; each P = size*size*C values in the order (row, column, channel). */
        PATCHES
    }

    /**
     * @param images (B, H, W, C)
     * @param tokens (B, L, P), overwritten
     * @throws IllegalArgumentException if {@code size} does not divide the image
     */
    void tokens(Cut cut, int size, Tensor images, Tensor tokens);

    /**
     * Gradient of {@link #tokens}: puts every token's values back where they came from.
     *
     * @param dImages (B, H, W, C), overwritten
     */
    void tokensGradient(Cut cut, int size, Tensor dTokens, Tensor dImages);

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
