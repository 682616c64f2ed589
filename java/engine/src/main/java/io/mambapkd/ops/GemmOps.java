package io.mambapkd.ops;

import io.mambapkd.tensor.Tensor;

/** Matrix products. Tensors are read as matrices: all axes but the last are rows. */
public interface GemmOps {
    /**
     * {@code c = op(a) op(b)} or {@code c += op(a) op(b)}. Sums are in F32 whatever the types, and rounded once where {@code c} is BF16.
     *
     * @param a matrix (m, k), or (k, m) with {@link Transpose#YES}, F32 or BF16; column view allowed
     * @param b matrix (k, n), or (n, k) with {@link Transpose#YES}, of the type of {@code a}; column view allowed
     * @param c matrix (m, n), F32 or of the type of {@code a}, overwritten or added to; may not alias {@code a} or {@code b}; column view allowed
     */
    void multiply(Tensor a, Transpose transposeA, Tensor b, Transpose transposeB, Write write, Tensor c);
}
