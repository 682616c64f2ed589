// Handles of cuBLAS and their settings.
#include "cublas_abi.h"

namespace cuemu {

namespace {

Handles<CublasHandle>& handles() {
    static Handles<CublasHandle>* only = new Handles<CublasHandle>(0x21);
    return *only;
}

// A setter or getter of a live handle.
template <class Body>
int with_handle(const char* name, cublasHandle_t handle, Body&& body) {
    return library_call(name, [&]() -> int {
        CublasHandle* found;
        if (int bad = find_handle(handle, &found)) return bad;
        return body(*found);
    });
}

}  // namespace

int find_handle(cublasHandle_t handle, CublasHandle** found) {
    *found = handles().find(handle).get();
    return *found ? CUBLAS_STATUS_SUCCESS : refuse(CUBLAS_STATUS_NOT_INITIALIZED, "%p is no live handle; was it destroyed?", (void*)handle);
}

int cublas_status(CUresult result) {
    switch (result) {
        case CUDA_SUCCESS: return CUBLAS_STATUS_SUCCESS;
        case CUDA_ERROR_INVALID_VALUE: return CUBLAS_STATUS_INVALID_VALUE;
        case CUDA_ERROR_NOT_INITIALIZED: case CUDA_ERROR_INVALID_CONTEXT: return CUBLAS_STATUS_NOT_INITIALIZED;
        default: return CUBLAS_STATUS_EXECUTION_FAILED;
    }
}

void add_workspace(const CublasHandle& handle, std::vector<Range>* ranges) {
    if (handle.workspace) ranges->push_back({"the workspace", handle.workspace, handle.workspace_bytes, handle.workspace_bytes, 1, RANGE_SCRATCH});
}

}  // namespace cuemu

using namespace cuemu;

CUBLAS_API cublasCreate_v2(cublasHandle_t* handle) {
    return library_call(__func__, [&]() -> int {
        if (!handle) return refuse(CUBLAS_STATUS_INVALID_VALUE, "the handle's pointer is null");
        // The real one allocates memory and waits.
        if (CUresult bad = cuemuSynchronizeFor("cublasCreate_v2")) return cublas_status(bad);
        *handle = (cublasHandle_t)handles().add(std::make_shared<CublasHandle>());
        return CUBLAS_STATUS_SUCCESS;
    });
}

CUBLAS_API cublasDestroy_v2(cublasHandle_t handle) {
    return with_handle(__func__, handle, [&](CublasHandle&) -> int {
        CUresult result = cuemuSynchronizeFor("cublasDestroy_v2");
        handles().remove(handle);
        return cublas_status(result);
    });
}

CUBLAS_API cublasSetStream_v2(cublasHandle_t handle, CUstream stream) {
    return with_handle(__func__, handle, [&](CublasHandle& h) {
        h.stream = stream;
        h.workspace = 0;  // so says the reference: a new stream takes the default workspace again
        h.workspace_bytes = 0;
        return CUBLAS_STATUS_SUCCESS;
    });
}

CUBLAS_API cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, size_t bytes) {
    return with_handle(__func__, handle, [&](CublasHandle& h) -> int {
        if ((uintptr_t)workspace % 256) return refuse(CUBLAS_STATUS_INVALID_VALUE, "the workspace %p is no multiple of 256", workspace);
        h.workspace = bytes ? (uintptr_t)workspace : 0;
        h.workspace_bytes = workspace ? bytes : 0;
        return CUBLAS_STATUS_SUCCESS;
    });
}

CUBLAS_API cublasSetMathMode(cublasHandle_t handle, int mode) {
    return with_handle(__func__, handle, [&](CublasHandle& h) -> int {
        int base = mode & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
        if (base != CUBLAS_DEFAULT_MATH && base != CUBLAS_TF32_TENSOR_OP_MATH) {
            return refuse(CUBLAS_STATUS_NOT_SUPPORTED, "math mode %d: only the default one (0) and TF32 (3) are emulated", mode);
        }
        h.math_mode = base;
        return CUBLAS_STATUS_SUCCESS;
    });
}

CUBLAS_API cublasSetPointerMode_v2(cublasHandle_t handle, int mode) {
    return with_handle(__func__, handle, [&](CublasHandle&) {
        return mode == CUBLAS_POINTER_MODE_HOST ? 0 : refuse(CUBLAS_STATUS_NOT_SUPPORTED, "pointer mode %d: only that of the host (0) is emulated", mode);
    });
}

CUBLAS_API cublasSetAtomicsMode(cublasHandle_t handle, int mode) {
    return with_handle(__func__, handle, [&](CublasHandle&) {
        return mode == CUBLAS_ATOMICS_NOT_ALLOWED ? 0 : refuse(CUBLAS_STATUS_NOT_SUPPORTED, "atomics mode %d: only that without atomics (0) is emulated", mode);
    });
}

CUBLAS_API cublasGetVersion_v2(cublasHandle_t handle, int* version) {
    return with_handle(__func__, handle, [&](CublasHandle&) {
        if (!version) return refuse(CUBLAS_STATUS_INVALID_VALUE, "the result's pointer is null");
        *version = 120604;
        return 0;
    });
}
