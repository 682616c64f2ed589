package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Pooling of images, channels last. */
public interface PoolOps {
    /**
     * Maximum over 2x2 windows with stride 2; an odd last row or column is dropped.
     *
     * @param x (B, H, W, C), H and W at least 2
     * @param y (B, H/2, W/2, C), overwritten
     */
    void maxPool2x2(Tensor x, Tensor y);

    /**
     * Gradient of {@link #maxPool2x2}. On a tie the first maximum in row-major order takes the whole gradient.
     *
     * @param dx (B, H, W, C), overwritten
     */
    void maxPool2x2Gradient(Tensor x, Tensor dy, Tensor dx);

    /**
     * Mean over the image.
     *
     * @param x (B, H, W, C)
     * @param y (B, C), overwritten
     */
    void globalAveragePool(Tensor x, Tensor y);

    /**
     * Gradient of {@link #globalAveragePool}.
     *
     * @param dx (B, H, W, C), overwritten
     */
    void globalAveragePoolGradient(Tensor dy, Tensor dx);
}
