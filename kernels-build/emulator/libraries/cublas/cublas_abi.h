// The part of the cuBLAS 12 binary interface that the stand-in offers. Numbers and signatures are those of the cuBLAS library reference, version 12.6;
// enumerations are passed as int.
#pragma once

#include "../library.h"

typedef struct cublasContext* cublasHandle_t;

enum : int {
    CUBLAS_STATUS_SUCCESS = 0,
    CUBLAS_STATUS_NOT_INITIALIZED = 1,
    CUBLAS_STATUS_INVALID_VALUE = 7,
    CUBLAS_STATUS_EXECUTION_FAILED = 13,
    CUBLAS_STATUS_NOT_SUPPORTED = 15,

    CUBLAS_OP_N = 0,
    CUBLAS_OP_T = 1,

    CUBLAS_POINTER_MODE_HOST = 0,
    CUBLAS_ATOMICS_NOT_ALLOWED = 0,

    CUBLAS_DEFAULT_MATH = 0,
    CUBLAS_TF32_TENSOR_OP_MATH = 3,
    CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION = 16,

    CUDA_R_32F = 0,
    CUDA_R_16BF = 14,

    CUBLAS_COMPUTE_32F = 68,
};

#define CUBLAS_API LIBRARY_API int

CUBLAS_API cublasCreate_v2(cublasHandle_t* handle);
CUBLAS_API cublasDestroy_v2(cublasHandle_t handle);
CUBLAS_API cublasSetStream_v2(cublasHandle_t handle, CUstream stream);
CUBLAS_API cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, size_t bytes);
CUBLAS_API cublasSetMathMode(cublasHandle_t handle, int mode);
CUBLAS_API cublasSetPointerMode_v2(cublasHandle_t handle, int mode);
CUBLAS_API cublasSetAtomicsMode(cublasHandle_t handle, int mode);
CUBLAS_API cublasGetVersion_v2(cublasHandle_t handle, int* version);

CUBLAS_API cublasSgemm_v2(cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const float* alpha, const float* a, int lda, const float* b,
                          int ldb, const float* beta, float* c, int ldc);
CUBLAS_API cublasSgemmStridedBatched(cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const float* alpha, const float* a, int lda,
                                     long long stride_a, const float* b, int ldb, long long stride_b, const float* beta, float* c, int ldc,
                                     long long stride_c, int batch);
CUBLAS_API cublasGemmEx(cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const void* alpha, const void* a, int type_a, int lda,
                        const void* b, int type_b, int ldb, const void* beta, void* c, int type_c, int ldc, int compute, int algorithm);
CUBLAS_API cublasGemmStridedBatchedEx(cublasHandle_t handle, int op_a, int op_b, int m, int n, int k, const void* alpha, const void* a, int type_a, int lda,
                                      long long stride_a, const void* b, int type_b, int ldb, long long stride_b, const void* beta, void* c, int type_c,
                                      int ldc, long long stride_c, int batch, int compute, int algorithm);

namespace cuemu {

struct CublasHandle {
    CUstream stream = nullptr;
    int math_mode = CUBLAS_DEFAULT_MATH;
    uintptr_t workspace = 0;
    size_t workspace_bytes = 0;
};

int find_handle(cublasHandle_t handle, CublasHandle** found);

// The cuBLAS status for what the driver answered.
int cublas_status(CUresult result);

// The workspace that the program gave, whose contents a product may change.
void add_workspace(const CublasHandle& handle, std::vector<Range>* ranges);

}  // namespace cuemu
