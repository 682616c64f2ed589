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

int give(int value, int* to) {
    if (!to) return refuse(CUBLAS_STATUS_INVALID_VALUE, "the result's pointer is null");
    *to = value;
    return CUBLAS_STATUS_SUCCESS;
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

Scalar scalar(const CublasHandle& handle, const void* pointer) {
    if (handle.pointer_mode == CUBLAS_POINTER_MODE_DEVICE) return {(uintptr_t)pointer, 0};
    return {0, *(const float*)pointer};
}

void add_scalar(const Scalar& scalar, const char* what, std::vector<Range>* ranges) {
    if (scalar.address) ranges->push_back({what, scalar.address, 4, 4, 1, RANGE_READS});
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
        if (base < CUBLAS_DEFAULT_MATH || base > CUBLAS_TF32_TENSOR_OP_MATH) return refuse(CUBLAS_STATUS_INVALID_VALUE, "math mode %d is not known", mode);
        h.math_mode = mode;
        return CUBLAS_STATUS_SUCCESS;
    });
}

CUBLAS_API cublasSetPointerMode_v2(cublasHandle_t handle, int mode) {
    return with_handle(__func__, handle, [&](CublasHandle& h) -> int {
        if (mode != CUBLAS_POINTER_MODE_HOST && mode != CUBLAS_POINTER_MODE_DEVICE) return refuse(CUBLAS_STATUS_INVALID_VALUE, "pointer mode %d", mode);
        h.pointer_mode = mode;
        return CUBLAS_STATUS_SUCCESS;
    });
}

CUBLAS_API cublasSetAtomicsMode(cublasHandle_t handle, int mode) {
    return with_handle(__func__, handle, [&](CublasHandle& h) -> int {
        if (mode != 0 && mode != 1) return refuse(CUBLAS_STATUS_INVALID_VALUE, "atomics mode %d", mode);
        h.atomics_mode = mode;
        return CUBLAS_STATUS_SUCCESS;
    });
}

CUBLAS_API cublasGetVersion_v2(cublasHandle_t handle, int* version) {
    return with_handle(__func__, handle, [&](CublasHandle&) { return give(120604, version); });
}

LIBRARY_API const char* cublasGetStatusName(int status) {
    switch (status) {
        case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
        case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case 3: return "CUBLAS_STATUS_ALLOC_FAILED";
        case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
        case 8: return "CUBLAS_STATUS_ARCH_MISMATCH";
        case 11: return "CUBLAS_STATUS_MAPPING_ERROR";
        case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
        case 14: return "CUBLAS_STATUS_INTERNAL_ERROR";
        case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
        case 16: return "CUBLAS_STATUS_LICENSE_ERROR";
        default: return "<unknown>";
    }
}

LIBRARY_API const char* cublasGetStatusString(int status) {
    switch (status) {
        case CUBLAS_STATUS_SUCCESS: return "success";
        case CUBLAS_STATUS_NOT_INITIALIZED: return "the library was not initialized";
        case CUBLAS_STATUS_INVALID_VALUE: return "an unsupported value or parameter was passed to the function";
        case CUBLAS_STATUS_EXECUTION_FAILED: return "the function failed to launch on the GPU";
        case CUBLAS_STATUS_NOT_SUPPORTED: return "the functionality requested is not supported";
        default: return cublasGetStatusName(status);
    }
}
