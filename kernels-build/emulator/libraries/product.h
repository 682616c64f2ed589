// Matrix products of floats in host memory, for cuBLAS and for the convolutions of cuDNN.
#pragma once

#include <cstddef>

namespace cuemu {

enum class Op { N, T };

// c = alpha op(a) op(b) + beta c, column-major: op(a) is (m, k), op(b) (k, n), c (m, n). c is not read when beta is 0. By OpenBLAS where the library that
// $CUEMU_BLAS names, or libopenblas.so.0, can be opened or is loaded already ($CUEMU_BLAS=none: never); else by a loop whose sums are in the order of k
// in blocks of 256.
void product(Op op_a, Op op_b, int m, int n, int k, float alpha, const float* a, size_t lda, const float* b, size_t ldb, float beta, float* c, size_t ldc);

}  // namespace cuemu
