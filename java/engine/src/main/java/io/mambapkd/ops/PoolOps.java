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
