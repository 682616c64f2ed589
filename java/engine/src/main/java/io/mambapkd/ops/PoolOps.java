package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Pooling of images, channels last, F32 or BF16. */
public interface PoolOps {
    /**
     * Maximum over 2x2 windows with stride 2; an odd last row or column is dropped.
     *
     * @param x (B, H, W, C), H and W at least 2
     * @param y (B, H/2, W/2, C) of the type of {@code x}, overwritten
     */
    void maxPool2x2(Tensor x, Tensor y);

    /**
     * Gradient of {@link #maxPool2x2}. On a tie the first maximum in row-major order takes the whole gradient. All of one type.
     *
     * @param dx (B, H, W, C), overwritten
     */
    void maxPool2x2Gradient(Tensor x, Tensor dy, Tensor dx);

    /**
     * Side by side windows without overlap.
     *
     * @param height rows of a window, at least 1
     * @param width columns of a window, at least 1
     */
    record Windows(int height, int width) {
        public Windows {
            Checks.that(
                    height >= 1 && width >= 1,
                    "max_pool",
                    "windows must have at least one row and column, got " + height + "x" + width);
        }
    }

    /**
     * Maximum over windows; rows and columns that fill no window are dropped. For windows of 2x2 it is {@link #maxPool2x2}, which is faster.
     *
     * @param x (B, H, W, C), with room for a window at least
     * @param y (B, H/height, W/width, C) of the type of {@code x}, overwritten
     */
    void maxPool(Windows windows, Tensor x, Tensor y);

    /**
     * Gradient of {@link #maxPool}. On a tie the first maximum in row-major order takes the whole gradient. All of one type.
     *
     * @param dx (B, H, W, C), overwritten
     */
    void maxPoolGradient(Windows windows, Tensor x, Tensor dy, Tensor dx);

    /**
     * Mean over the image, in F32 whatever the type of the image.
     *
     * @param x (B, H, W, C), F32 or BF16
     * @param y (B, C) F32, overwritten
     */
    void globalAveragePool(Tensor x, Tensor y);

    /**
     * Gradient of {@link #globalAveragePool}.
     *
     * @param dy (B, C) F32
     * @param dx (B, H, W, C), F32 or BF16, overwritten
     */
    void globalAveragePoolGradient(Tensor dy, Tensor dx);
}
