package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Causal depthwise convolution over the sequence, with its activation: {@code y[b, l, d] = f(bias[d] + sum over w of weight[d, w]
 * x[b, l - (W-1) + w, d])}, where {@code x} before the first step is 0. The short convolution of Gu and Dao, "Mamba"
 * (arXiv 2312.00752), section 3.4.
 */
public interface Conv1dOps {
    /**
     * @param activation {@link Activation#SILU} or {@link Activation#IDENTITY}
     * @param x (B, L, D), F32 or BF16; column view allowed. L may be shorter than W
     * @param weight (D, W); the last tap multiplies the current step
     * @param bias (D), or null for none
     * @param y (B, L, D), of the type of {@code x}, overwritten
     */
    void forward(Activation activation, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y);

    /**
     * Gradient of {@link #forward}; the value before the activation is recomputed.
     *
     * @param dy (B, L, D), of the type of {@code x}
     * @param dx (B, L, D), of the type of {@code x}, overwritten; column view allowed
     * @param dWeight (D, W), added to
     * @param dBias (D), added to; null exactly if {@code bias} is null
     */
    void backward(
            Activation activation,
            Tensor x,
            Tensor weight,
            @Nullable Tensor bias,
            Tensor dy,
            Tensor dx,
            Tensor dWeight,
            @Nullable Tensor dBias);
}
