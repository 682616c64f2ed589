package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Matrix products. Tensors are read as matrices: all axes but the last are rows. */
public interface GemmOps {
    /**
     * {@code c = op(a) op(b)} or {@code c += op(a) op(b)}.
     *
     * @param a matrix (m, k), or (k, m) with {@link Transpose#YES}; column view allowed
     * @param b matrix (k, n), or (n, k) with {@link Transpose#YES}; column view allowed
     * @param c matrix (m, n), overwritten or added to; may not alias {@code a} or {@code b}; column view allowed
     */
    void multiply(Tensor a, Transpose transposeA, Tensor b, Transpose transposeB, Write write, Tensor c);
}
