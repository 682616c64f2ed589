package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Normalisation over the last axis. Statistics are recomputed in the backward pass: nothing is saved. */
public interface NormOps {
    /**
     * {@code y[r, j] = weight[j] x[r, j] / sqrt(mean over i of x[r, i]^2 + epsilon)}: Zhang and Sennrich, "Root mean square
     * layer normalization" (2019), eq. 4.
     *
     * @param x (..., M)
     * @param weight (M)
     * @param y shape of {@code x}, F32 or BF16, overwritten
     */
    void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor y);

    /**
     * Gradient of {@link #rmsNorm}, and of a residual connection around what follows it: {@code dx = residual + gradient}.
     *
     * @param dy shape of {@code x}, F32 or BF16
     * @param residual shape of {@code x}, F32, or null for zeros: the gradient that reaches {@code x} past the norm. It may be {@code dx} itself
     * @param dx shape of {@code x}, overwritten
     * @param dWeight (M), added to, in a fixed order
     */
    void rmsNormGradient(
            Tensor x, Tensor weight, float epsilon, Tensor dy, @Nullable Tensor residual, Tensor dx, Tensor dWeight);

    /**
     * {@code y[r, j] = weight[j] (x[r, j] - mean) / sqrt(variance + epsilon) + bias[j]} with the biased variance of the
     * row: Ba et al., "Layer normalization" (2016), eq. 4.
     *
     * @param x (..., M)
     * @param weight (M)
     * @param bias (M)
     * @param y shape of {@code x}, overwritten
     */
    void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y);

    /**
     * Gradient of {@link #layerNorm}.
     *
     * @param dx shape of {@code x}, overwritten
     * @param dWeight (M), added to
     * @param dBias (M), added to
     */
    void layerNormGradient(Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx, Tensor dWeight, Tensor dBias);
}
