package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Sums along and across rows. */
public interface PointwiseOps {
    /**
     * {@code sum = x + y}.
     *
     * @param sum shape of {@code x} and {@code y}, overwritten; may be {@code x} or {@code y} itself
     */
    void add(Tensor x, Tensor y, Tensor sum);

    /**
     * {@code x[r, j] += bias[j]} for every row.
     *
     * @param x (..., n), updated in place; column view allowed
     * @param bias (n)
     */
    void addBias(Tensor x, Tensor bias);

    /**
     * {@code dBias[j] += sum over r of dy[r, j]}, in a fixed order.
     *
     * @param dy (..., n); column view allowed
     * @param dBias (n), added to
     */
    void biasGradient(Tensor dy, Tensor dBias);

    /**
     * Mean over the tokens: {@code y[b, m] = 1/L sum over l of x[b, l, m]}.
     *
     * @param x (B, L, M)
     * @param y (B, M), overwritten
     */
    void meanOverTokens(Tensor x, Tensor y);

    /**
     * Gradient of {@link #meanOverTokens}: {@code dx[b, l, m] = dy[b, m] / L}.
     *
     * @param dx (B, L, M), overwritten
     */
    void meanOverTokensGradient(Tensor dy, Tensor dx);
}
