#include "product.h"

#include <dlfcn.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace cuemu {

namespace {

using CblasSgemm = void (*)(int order, int op_a, int op_b, int m, int n, int k, float alpha, const float* a, int lda, const float* b, int ldb, float beta,
                            float* c, int ldc);

// cblas_sgemm, or nullptr for the emulator's own loop.
CblasSgemm blas() {
    static const CblasSgemm only = []() -> CblasSgemm {
#ifdef CUEMU_HARDWARE_ROUNDING
        return nullptr;
#endif
        const char* wanted = getenv("CUEMU_BLAS");
        if (wanted && !strcmp(wanted, "none")) return nullptr;
        for (const char* name : {wanted, "libopenblas.so.0", "libopenblas_nolapack.so.0"}) {
            void* library = name && *name ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : nullptr;
            void* found = library ? dlsym(library, "cblas_sgemm") : nullptr;
            if (found) return (CblasSgemm)found;
        }
        return nullptr;
    }();
    return only;
}

constexpr int ROWS = 32, COLUMNS = 4;  // of the tile that stays in registers
#ifdef CUEMU_HARDWARE_ROUNDING
constexpr int DEPTH = INT_MAX;         // one sum over all of k, each product fused with its addition
#else
constexpr int DEPTH = 256;             // of k, whose sum is added to c at once
#endif

// Panels of `width` rows of op(a), or columns of op(b): for each index of k the panel's elements side by side, zeros behind the matrix's edge.
void pack(const float* from, size_t along, size_t across, int count, int depth, int width, float* to) {
    for (int first = 0; first < count; first += width) {
        int there = std::min(width, count - first);
        for (int p = 0; p < depth; p++, to += width) {
            for (int i = 0; i < there; i++) to[i] = from[(size_t)(first + i) * across + (size_t)p * along];
            for (int i = there; i < width; i++) to[i] = 0;
        }
    }
}

// Wider vectors change no result: each element's sum keeps its order, and either nothing is contracted or all of it.
__attribute__((target_clones("avx512f", "avx2", "default"))) void tile(const float* __restrict__ a, const float* __restrict__ b, int depth,
                                                                         float* __restrict__ sums) {
    float sum[COLUMNS][ROWS] = {};
    for (int p = 0; p < depth; p++) {
        for (int j = 0; j < COLUMNS; j++) {
            for (int i = 0; i < ROWS; i++) sum[j][i] += a[p * ROWS + i] * b[p * COLUMNS + j];
        }
    }
    memcpy(sums, sum, sizeof sum);
}

void own_product(Op op_a, Op op_b, int m, int n, int k, float alpha, const float* a, size_t lda, const float* b, size_t ldb, float* c, size_t ldc) {
    const size_t deepest = (size_t)std::min(DEPTH, k);
    std::vector<float> panels_a((size_t)(m + ROWS - 1) / ROWS * ROWS * deepest), panels_b((size_t)(n + COLUMNS - 1) / COLUMNS * COLUMNS * deepest);
    float sums[COLUMNS * ROWS];
    for (int start = 0, depth; start < k; start += depth) {
        depth = std::min(DEPTH, k - start);
        if (op_a == Op::N) pack(a + (size_t)start * lda, lda, 1, m, depth, ROWS, panels_a.data());
        else pack(a + start, 1, lda, m, depth, ROWS, panels_a.data());
        if (op_b == Op::N) pack(b + start, 1, ldb, n, depth, COLUMNS, panels_b.data());
        else pack(b + (size_t)start * ldb, ldb, 1, n, depth, COLUMNS, panels_b.data());
        for (int i = 0; i < m; i += ROWS) {
            for (int j = 0; j < n; j += COLUMNS) {
                tile(&panels_a[(size_t)i * depth], &panels_b[(size_t)j * depth], depth, sums);
                for (int jj = j; jj < std::min(n, j + COLUMNS); jj++) {
                    for (int ii = i; ii < std::min(m, i + ROWS); ii++) c[(size_t)jj * ldc + ii] += alpha * sums[(jj - j) * ROWS + ii - i];
                }
            }
        }
    }
}

}  // namespace

void product(Op op_a, Op op_b, int m, int n, int k, float alpha, const float* a, size_t lda, const float* b, size_t ldb, float beta, float* c, size_t ldc) {
    for (int j = 0; j < n && beta != 1; j++) {
        float* column = c + (size_t)j * ldc;
        for (int i = 0; i < m; i++) column[i] = beta == 0 ? 0 : beta * column[i];
    }
    if (!m || !n || !k || alpha == 0) return;
    if (CblasSgemm sgemm = blas()) sgemm(102, op_a == Op::N ? 111 : 112, op_b == Op::N ? 111 : 112, m, n, k, alpha, a, (int)lda, b, (int)ldb, 1, c, (int)ldc);
    else own_product(op_a, op_b, m, n, k, alpha, a, lda, b, ldb, c, ldc);
}

}  // namespace cuemu
