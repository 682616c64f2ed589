// Matrix products.
#include <algorithm>

#include "../numbers.h"
#include "../product.h"
#include "cublas_abi.h"

namespace cuemu {

namespace {

struct Operand {
    uintptr_t address;
    Format format;
    int op;            // CUBLAS_OP_N for c
    int rows, columns; // as stored
    int ld;
    long long stride;  // elements between two matrices of a batch
};

struct Gemm {
    int m, n, k, batch;
    Operand a, b, c;
    float alpha, beta;
    Rounding rounding;
};

bool format_of(int type, Format* format) {
    *format = type == CUDA_R_32F ? Format::F32 : Format::BF16;
    return type == CUDA_R_32F || type == CUDA_R_16BF;
}

// One matrix of the batch as floats, in the leading dimension that `ld` gets: in place where nothing has to change.
const float* floats(const Operand& o, int index, Rounding rounding, std::vector<float>* buffer, size_t* ld) {
    size_t first = (size_t)(o.stride * index);
    *ld = (size_t)o.ld;
    if (o.format == Format::F32 && rounding == Rounding::None) return (const float*)o.address + first;
    *ld = (size_t)std::max(1, o.rows);
    buffer->resize(*ld * (size_t)o.columns);
    for (int j = 0; j < o.columns; j++) {
        for (int i = 0; i < o.rows; i++) {
            (*buffer)[(size_t)j * *ld + (size_t)i] = rounded(rounding, load(o.format, o.address, first + (size_t)j * (size_t)o.ld + (size_t)i));
        }
    }
    return buffer->data();
}

void run_gemm(const void* arguments) {
    const Gemm& g = *(const Gemm*)arguments;
    std::vector<float> buffer_a, buffer_b, buffer_c;
    auto op = [](const Operand& o) { return o.op == CUBLAS_OP_N ? Op::N : Op::T; };
    for (int index = 0; index < g.batch; index++) {
        size_t lda, ldb, ldc = (size_t)g.c.ld;
        const float* a = floats(g.a, index, g.rounding, &buffer_a, &lda);
        const float* b = floats(g.b, index, g.rounding, &buffer_b, &ldb);
        size_t first = (size_t)(g.c.stride * index);
        if (g.c.format == Format::F32) {
            product(op(g.a), op(g.b), g.m, g.n, g.k, g.alpha, a, lda, b, ldb, g.beta, (float*)g.c.address + first, ldc);
            continue;
        }
        buffer_c.assign((size_t)g.m * (size_t)g.n, 0);
        if (g.beta != 0) floats(g.c, index, Rounding::None, &buffer_c, &ldc);
        product(op(g.a), op(g.b), g.m, g.n, g.k, g.alpha, a, lda, b, ldb, g.beta, buffer_c.data(), (size_t)g.m);
        for (int j = 0; j < g.n; j++) {
            for (int i = 0; i < g.m; i++) {
                store(g.c.format, g.c.address, first + (size_t)j * (size_t)g.c.ld + (size_t)i, buffer_c[(size_t)j * (size_t)g.m + (size_t)i]);
            }
        }
    }
}

void add_operand(const Operand& o, const char* what, int batch, unsigned access, std::vector<Range>* ranges) {
    size_t element = bytes_of(o.format), pitch = (size_t)o.ld * element, width = (size_t)o.rows * element, columns = (size_t)o.columns;
    if (batch == 1 || o.stride == 0) ranges->push_back({what, o.address, pitch, width, columns, access});
    else if (o.stride == (long long)o.ld * o.columns) ranges->push_back({what, o.address, pitch, width, columns * (size_t)batch, access});
    else {
        size_t span = (size_t)o.stride * element * (size_t)(batch - 1) + (columns ? pitch * (columns - 1) + width : 0);
        ranges->push_back({what, o.address, span, span, 1, access | RANGE_GAPS});
    }
}

int check_operand(const Operand& o, const char* what) {
    if (o.op != CUBLAS_OP_N && o.op != CUBLAS_OP_T) {
        return refuse(CUBLAS_STATUS_INVALID_VALUE, "%s: operation %d is not known", what, o.op);
    }
    if (o.rows < 0 || o.columns < 0) return refuse(CUBLAS_STATUS_INVALID_VALUE, "%s is (%d, %d)", what, o.rows, o.columns);
    if (o.ld < std::max(1, o.rows)) return refuse(CUBLAS_STATUS_INVALID_VALUE, "%s has %d rows, but the leading dimension is %d", what, o.rows, o.ld);
    if (o.stride < 0) return refuse(CUBLAS_STATUS_INVALID_VALUE, "%s: a stride of %lld", what, o.stride);
    if (o.address % bytes_of(o.format)) return refuse(CUBLAS_STATUS_INVALID_VALUE, "%s: address %#lx does not suit its type", what, (unsigned long)o.address);
    return CUBLAS_STATUS_SUCCESS;
}

int submit_gemm(const char* name, const CublasHandle& handle, const Gemm& g) {
    if (int bad = check_operand(g.a, "a")) return bad;
    if (int bad = check_operand(g.b, "b")) return bad;
    if (int bad = check_operand(g.c, "c")) return bad;
    if (g.batch < 0) return refuse(CUBLAS_STATUS_INVALID_VALUE, "a batch of %d", g.batch);
    if (!g.m || !g.n || !g.batch) return CUBLAS_STATUS_SUCCESS;
    if (g.batch > 1 && g.c.stride < (long long)g.c.ld * (g.n - 1) + g.m && (g.c.stride < g.m || g.c.ld < g.c.stride * g.batch)) {
        return refuse(CUBLAS_STATUS_INVALID_VALUE, "the matrices of c overlap: (%d, %d) with leading dimension %d, %lld elements apart", g.m, g.n, g.c.ld, g.c.stride);
    }
    std::vector<Range> ranges;
    if (g.k > 0 && g.alpha != 0) {
        add_operand(g.a, "a", g.batch, RANGE_READS, &ranges);
        add_operand(g.b, "b", g.batch, RANGE_READS, &ranges);
    }
    add_operand(g.c, "c", g.batch, RANGE_WRITES | (g.beta != 0 ? RANGE_READS : 0u), &ranges);
    add_workspace(handle, &ranges);
    const size_t multiplications = (size_t)g.m * (size_t)g.n * (size_t)g.k * (size_t)g.batch;
    return cublas_status(enqueue_work(name, handle.stream, run_gemm, g, ranges, multiplications));
}

Operand operand(const void* address, Format format, int op, int rows, int columns, int ld, long long stride) {
    if (op != CUBLAS_OP_N) std::swap(rows, columns);
    return {(uintptr_t)address, format, op, rows, columns, ld, stride};
}

struct Types {
    int a, b, c, compute;
};

int gemm(const char* name, cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const void* alpha, const void* a, int lda, long long stride_a,
         const void* b, int ldb, long long stride_b, const void* beta, void* c, int ldc, long long stride_c, int batch, Types types) {
    return library_call(name, [&]() -> int {
        CublasHandle* h;
        Format format_a, format_b, format_c;
        if (int bad = find_handle(handle, &h)) return bad;
        if (!alpha || !beta) return refuse(CUBLAS_STATUS_INVALID_VALUE, "alpha or beta is a null pointer");
        if (!format_of(types.a, &format_a) || !format_of(types.b, &format_b) || !format_of(types.c, &format_c)) {
            return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "types %d, %d and %d of a, b and c: only float (0) and bfloat16 (14) are emulated", types.a, types.b, types.c);
        }
        if (types.a != types.b || (types.c != CUDA_R_32F && types.c != types.a)) {
            return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "types %d, %d and %d of a, b and c do not go together", types.a, types.b, types.c);
        }
        if (types.compute != CUBLAS_COMPUTE_32F) return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "compute type %d is not emulated", types.compute);
        const bool tf32 = format_a == Format::F32 && h->math_mode == CUBLAS_TF32_TENSOR_OP_MATH && cuemuCapability() >= 80;
        return submit_gemm(name, *h,
                           {m, n, k, batch, operand(a, format_a, op_a, m, k, lda, stride_a), operand(b, format_b, op_b, k, n, ldb, stride_b),
                            operand(c, format_c, CUBLAS_OP_N, m, n, ldc, stride_c), *(const float*)alpha, *(const float*)beta, tf32 ? Rounding::TF32 : Rounding::None});
    });
}

constexpr Types FLOATS{CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F};

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUBLAS_API cublasSgemm_v2(cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const float* alpha, const float* a, int lda, const float* b,
                          int ldb, const float* beta, float* c, int ldc) {
    return gemm(__func__, handle, op_a, op_b, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1, FLOATS);
}

CUBLAS_API cublasSgemmStridedBatched(cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const float* alpha, const float* a, int lda,
                                     long long stride_a, const float* b, int ldb, long long stride_b, const float* beta, float* c, int ldc,
                                     long long stride_c, int batch) {
    return gemm(__func__, handle, op_a, op_b, m, n, k, alpha, a, lda, stride_a, b, ldb, stride_b, beta, c, ldc, stride_c, batch, FLOATS);
}

CUBLAS_API cublasGemmEx(cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const void* alpha, const void* a, int type_a, int lda,
                        const void* b, int type_b, int ldb, const void* beta, void* c, int type_c, int ldc, int compute, int) {
    return gemm(__func__, handle, op_a, op_b, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1, {type_a, type_b, type_c, compute});
}

CUBLAS_API cublasGemmStridedBatchedEx(cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const void* alpha, const void* a, int type_a, int lda,
                                      long long stride_a, const void* b, int type_b, int ldb, long long stride_b, const void* beta, void* c, int type_c,
                                      int ldc, long long stride_c, int batch, int compute, int) {
    return gemm(__func__, handle, op_a, op_b, m, n, k, alpha, a, lda, stride_a, b, ldb, stride_b, beta, c, ldc, stride_c, batch, {type_a, type_b, type_c, compute});
}
