package io.mambapkd.ops.cpu.blas;

import io.mambapkd.ops.Transpose;

/**
 * Single-threaded matrix product over its own buffers. Parallelism is above it, so that a product is cut by its size and not by the
 * number of threads.
 */
public interface Blas {
    /** {@code OpenBLAS} or {@code Java}. */
    String name();

    /** A zeroed buffer. */
    BlasBuffer allocate(int floats);

    /**
     * {@code C = op(A) op(B)} or, with {@code accumulate}, {@code C += op(A) op(B)}; row-major.
     *
     * @param m rows of C
     * @param n columns of C
     * @param k columns of op(A)
     * @param a operand, from element {@code aAt}, with {@code lda} elements from row to row of the stored matrix
     * @param c result; a buffer of its own
     */
    void multiply(
            Transpose transposeA,
            Transpose transposeB,
            int m,
            int n,
            int k,
            BlasBuffer a,
            int aAt,
            int lda,
            BlasBuffer b,
            int bAt,
            int ldb,
            boolean accumulate,
            BlasBuffer c,
            int cAt,
            int ldc);
}
