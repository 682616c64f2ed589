package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Sums along and across rows, and changes of type. */
public interface PointwiseOps {
    /**
     * {@code target = source} in another type: F32 to BF16, to the nearest with halves to even, or BF16 to F32, which is exact. Needs a backend that
     * {@linkplain Backend#supports supports} BF16.
     *
     * @param source column view allowed
     * @param target shape of {@code source}, overwritten; column view allowed
     */
    void convert(Tensor source, Tensor target);

    /**
     * {@code target[i] = source[indices[i]]}, to the nearest with halves to even where {@code target} is BF16.
     *
     * @param source F32
     * @param indices (n) I32, each of an element of {@code source}
     * @param target (n), F32 or BF16, overwritten; not {@code source}
     */
    void gather(Tensor source, Tensor indices, Tensor target);

    /**
     * {@code sum = x + y}.
     *
     * @param x F32 or BF16; column view allowed, as for {@code y} and {@code sum}
     * @param sum shape and type of {@code x} and {@code y}, overwritten; may be {@code x} or {@code y} itself
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

    /**
     * The gate of a block without a scan: {@code y = skip[d] u silu(z)}.
     *
     * @param u (B, L, D), F32 or BF16, as are z, y and their gradients; column view allowed
     * @param skip (D)
     * @param z (B, L, D); column view allowed
     * @param y (B, L, D), overwritten
     */
    void gate(Tensor u, Tensor skip, Tensor z, Tensor y);

    /**
     * Gradient of {@link #gate}.
     *
     * @param du (B, L, D), overwritten; column view allowed
     * @param dSkip (D), added to
     * @param dZ (B, L, D), overwritten; column view allowed
     */
    void gateGradient(Tensor u, Tensor skip, Tensor z, Tensor dy, Tensor du, Tensor dSkip, Tensor dZ);
}
