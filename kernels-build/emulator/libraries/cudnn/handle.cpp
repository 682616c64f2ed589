// Handles of cuDNN, its version and its words for refusals.
#include <algorithm>
#include <cstring>

#include "tensors.h"

namespace cuemu {

namespace {

Handles<CudnnHandle>& handles() {
    static Handles<CudnnHandle>* only = new Handles<CudnnHandle>(0x31);
    return *only;
}

}  // namespace

int find(cudnnHandle_t handle, CudnnHandle** found) {
    *found = handles().find(handle).get();
    return *found ? CUDNN_STATUS_SUCCESS : refuse(CUDNN_STATUS_NOT_INITIALIZED, "%p is no live handle; was it destroyed?", (void*)handle);
}

int cudnn_status(CUresult result) {
    switch (result) {
        case CUDA_SUCCESS: return CUDNN_STATUS_SUCCESS;
        case CUDA_ERROR_INVALID_VALUE: return CUDNN_STATUS_BAD_PARAM;
        case CUDA_ERROR_NOT_INITIALIZED: case CUDA_ERROR_INVALID_CONTEXT: return CUDNN_STATUS_NOT_INITIALIZED;
        default: return CUDNN_STATUS_EXECUTION_FAILED;
    }
}

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnCreate(cudnnHandle_t* handle) {
    return library_call(__func__, [&]() -> int {
        if (!handle) return refuse(CUDNN_STATUS_BAD_PARAM, "the handle's pointer is null");
        for (const char* part : {"graph", "ops"}) need_part(part, "cudnnCreate");
        // The real one allocates memory and waits.
        if (CUresult bad = cuemuSynchronizeFor("cudnnCreate")) return cudnn_status(bad);
        *handle = (cudnnHandle_t)handles().add(std::make_shared<CudnnHandle>());
        return CUDNN_STATUS_SUCCESS;
    });
}

CUDNN_API cudnnDestroy(cudnnHandle_t handle) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* found;
        if (int bad = find(handle, &found)) return bad;
        CUresult result = cuemuSynchronizeFor("cudnnDestroy");
        handles().remove(handle);
        return cudnn_status(result);
    });
}

CUDNN_API cudnnSetStream(cudnnHandle_t handle, CUstream stream) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* found;
        if (int bad = find(handle, &found)) return bad;
        found->stream = stream;
        return CUDNN_STATUS_SUCCESS;
    });
}

// Measured on cuDNN 9.24: even its version is asked of libcudnn_graph.
LIBRARY_API size_t cudnnGetVersion() {
    need_part("graph", "cudnnGetVersion");
    return 90300;
}

// The sentence for the calling thread's last refused call; reading it forgets it.
LIBRARY_API void cudnnGetLastErrorString(char* message, size_t size) {
    if (!message || !size) return;
    std::lock_guard<std::mutex> lock(library_mutex());
    size_t length = std::min(size - 1, explanation().size());
    memcpy(message, explanation().data(), length);
    message[length] = 0;
    explanation().clear();
}
