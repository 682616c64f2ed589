// Matrix times vector, and sums and transposes of matrices.
#include <algorithm>

#include "cublas_abi.h"

namespace cuemu {

namespace {

struct Gemv {
    int op, m, n;
    Scalar alpha, beta;
    uintptr_t a, x, y;
    int lda, incx, incy;
};

// The offset of element i of a vector of n: a negative increment runs backwards from the vector's end.
size_t offset(int i, int n, int increment) { return increment > 0 ? (size_t)i * (size_t)increment : (size_t)(n - 1 - i) * (size_t)-increment; }

void run_gemv(const void* arguments) {
    const Gemv& g = *(const Gemv*)arguments;
    const float alpha = g.alpha.get(), beta = g.beta.get();
    int rows = g.op == CUBLAS_OP_N ? g.m : g.n, columns = g.op == CUBLAS_OP_N ? g.n : g.m;
    for (int i = 0; i < rows; i++) {
        double sum = 0;
        for (int j = 0; j < columns && alpha != 0; j++) {
            size_t at = g.op == CUBLAS_OP_N ? (size_t)j * (size_t)g.lda + (size_t)i : (size_t)i * (size_t)g.lda + (size_t)j;
            sum += (double)((const float*)g.a)[at] * ((const float*)g.x)[offset(j, columns, g.incx)];
        }
        float& y = ((float*)g.y)[offset(i, rows, g.incy)];
        y = beta == 0 ? alpha * (float)sum : alpha * (float)sum + beta * y;
    }
}

struct Geam {
    int op_a, op_b, m, n;
    Scalar alpha, beta;
    uintptr_t a, b, c;
    int lda, ldb, ldc;
};

void run_geam(const void* arguments) {
    const Geam& g = *(const Geam*)arguments;
    const float alpha = g.alpha.get(), beta = g.beta.get();
    auto element = [](uintptr_t base, int op, int ld, int i, int j) {
        return ((const float*)base)[op == CUBLAS_OP_N ? (size_t)j * (size_t)ld + (size_t)i : (size_t)i * (size_t)ld + (size_t)j];
    };
    for (int j = 0; j < g.n; j++) {
        for (int i = 0; i < g.m; i++) {
            float left = alpha == 0 ? 0 : alpha * element(g.a, g.op_a, g.lda, i, j), right = beta == 0 ? 0 : beta * element(g.b, g.op_b, g.ldb, i, j);
            ((float*)g.c)[(size_t)j * (size_t)g.ldc + (size_t)i] = left + right;
        }
    }
}

Range matrix(const char* what, uintptr_t begin, int rows, int columns, int ld, unsigned access) {
    return {what, begin, (size_t)ld * 4, (size_t)rows * 4, (size_t)columns, access};
}

Range vector(const char* what, uintptr_t begin, int n, int increment, unsigned access) {
    return {what, begin, (size_t)std::abs(increment) * 4, 4, (size_t)n, access};
}

bool known(int op) { return op == CUBLAS_OP_N || op == CUBLAS_OP_T || op == CUBLAS_OP_C; }

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUBLAS_API cublasSgemv_v2(cublasHandle_t handle, int op, int m, int n, const float* alpha, const float* a, int lda, const float* x, int incx,
                          const float* beta, float* y, int incy) {
    return library_call(__func__, [&]() -> int {
        CublasHandle* h;
        if (int bad = find_handle(handle, &h)) return bad;
        if (!alpha || !beta || !known(op) || m < 0 || n < 0 || lda < std::max(1, m) || !incx || !incy) {
            return refuse(CUBLAS_STATUS_INVALID_VALUE, "operation %d, (%d, %d), leading dimension %d, increments %d and %d", op, m, n, lda, incx, incy);
        }
        if (!m || !n) return CUBLAS_STATUS_SUCCESS;
        Gemv g{op, m, n, scalar(*h, alpha), scalar(*h, beta), (uintptr_t)a, (uintptr_t)x, (uintptr_t)y, lda, incx, incy};
        unsigned reads = g.beta.address ? RANGE_READS | RANGE_GAPS : g.beta.value != 0 ? RANGE_READS : 0u;
        int rows = op == CUBLAS_OP_N ? m : n, columns = op == CUBLAS_OP_N ? n : m;
        std::vector<Range> ranges{matrix("a", g.a, m, n, lda, RANGE_READS), vector("x", g.x, columns, incx, RANGE_READS),
                                  vector("y", g.y, rows, incy, RANGE_WRITES | reads)};
        add_scalar(g.alpha, "alpha", &ranges);
        add_scalar(g.beta, "beta", &ranges);
        add_workspace(*h, &ranges);
        return cublas_status(enqueue_work("cublasSgemv_v2", h->stream, run_gemv, g, ranges));
    });
}

CUBLAS_API cublasSgeam(cublasHandle_t handle, int op_a, int op_b, int m, int n, const float* alpha, const float* a, int lda, const float* beta,
                       const float* b, int ldb, float* c, int ldc) {
    return library_call(__func__, [&]() -> int {
        CublasHandle* h;
        if (int bad = find_handle(handle, &h)) return bad;
        int rows_a = op_a == CUBLAS_OP_N ? m : n, rows_b = op_b == CUBLAS_OP_N ? m : n;
        if (!alpha || !beta || !known(op_a) || !known(op_b) || m < 0 || n < 0 || lda < std::max(1, rows_a) || ldb < std::max(1, rows_b) || ldc < std::max(1, m)) {
            return refuse(CUBLAS_STATUS_INVALID_VALUE, "operations %d and %d, (%d, %d), leading dimensions %d, %d and %d", op_a, op_b, m, n, lda, ldb, ldc);
        }
        if (!m || !n) return CUBLAS_STATUS_SUCCESS;
        Geam g{op_a, op_b, m, n, scalar(*h, alpha), scalar(*h, beta), (uintptr_t)a, (uintptr_t)b, (uintptr_t)c, lda, ldb, ldc};
        if ((a == c && (op_a != CUBLAS_OP_N || lda != ldc)) || (b == c && (op_b != CUBLAS_OP_N || ldb != ldc))) {
            return refuse(CUBLAS_STATUS_INVALID_VALUE, "c may be a or b only with the same leading dimension and without a transpose");
        }
        std::vector<Range> ranges;
        bool reads_a = g.alpha.address || g.alpha.value != 0, reads_b = g.beta.address || g.beta.value != 0;
        if (reads_a && a != c) ranges.push_back(matrix("a", g.a, rows_a, op_a == CUBLAS_OP_N ? n : m, lda, RANGE_READS));
        if (reads_b && b != c) ranges.push_back(matrix("b", g.b, rows_b, op_b == CUBLAS_OP_N ? n : m, ldb, RANGE_READS));
        bool in_place = (reads_a && a == c) || (reads_b && b == c);
        ranges.push_back(matrix("c", g.c, m, n, ldc, RANGE_WRITES | (in_place ? (unsigned)RANGE_READS : 0u)));
        add_scalar(g.alpha, "alpha", &ranges);
        add_scalar(g.beta, "beta", &ranges);
        return cublas_status(enqueue_work("cublasSgeam", h->stream, run_geam, g, ranges));
    });
}
