// Names and texts of the codes. A code without a text of its own is explained by its name.
#include "state.h"

namespace cuemu {

namespace {

struct Named {
    int code;
    const char *name, *text;
};

const Named NAMES[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", ""},
    {5, "CUDA_ERROR_PROFILER_DISABLED", ""},
    {6, "CUDA_ERROR_PROFILER_NOT_INITIALIZED", ""},
    {7, "CUDA_ERROR_PROFILER_ALREADY_STARTED", ""},
    {8, "CUDA_ERROR_PROFILER_ALREADY_STOPPED", ""},
    {34, "CUDA_ERROR_STUB_LIBRARY", ""},
    {36, "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER", ""},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", ""},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {102, "CUDA_ERROR_DEVICE_NOT_LICENSED", ""},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {202, "CUDA_ERROR_CONTEXT_ALREADY_CURRENT", ""},
    {205, "CUDA_ERROR_MAP_FAILED", ""},
    {206, "CUDA_ERROR_UNMAP_FAILED", ""},
    {207, "CUDA_ERROR_ARRAY_IS_MAPPED", ""},
    {208, "CUDA_ERROR_ALREADY_MAPPED", ""},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {210, "CUDA_ERROR_ALREADY_ACQUIRED", ""},
    {211, "CUDA_ERROR_NOT_MAPPED", ""},
    {212, "CUDA_ERROR_NOT_MAPPED_AS_ARRAY", ""},
    {213, "CUDA_ERROR_NOT_MAPPED_AS_POINTER", ""},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE", ""},
    {215, "CUDA_ERROR_UNSUPPORTED_LIMIT", "limit is not supported on this architecture"},
    {216, "CUDA_ERROR_CONTEXT_ALREADY_IN_USE", ""},
    {217, "CUDA_ERROR_PEER_ACCESS_UNSUPPORTED", ""},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {219, "CUDA_ERROR_INVALID_GRAPHICS_CONTEXT", ""},
    {220, "CUDA_ERROR_NVLINK_UNCORRECTABLE", ""},
    {221, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", ""},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain"},
    {223, "CUDA_ERROR_JIT_COMPILATION_DISABLED", ""},
    {224, "CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY", ""},
    {225, "CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC", ""},
    {226, "CUDA_ERROR_CONTAINED", ""},
    {300, "CUDA_ERROR_INVALID_SOURCE", ""},
    {301, "CUDA_ERROR_FILE_NOT_FOUND", "file not found"},
    {302, "CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND", ""},
    {303, "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED", ""},
    {304, "CUDA_ERROR_OPERATING_SYSTEM", ""},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {401, "CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"},
    {402, "CUDA_ERROR_LOSSY_QUERY", ""},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", ""},
    {703, "CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING", ""},
    {704, "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED", ""},
    {705, "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED", ""},
    {708, "CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE", "cannot set while device is active in this process"},
    {709, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {710, "CUDA_ERROR_ASSERT", ""},
    {711, "CUDA_ERROR_TOO_MANY_PEERS", ""},
    {712, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", "part or all of the requested memory range is already mapped"},
    {713, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", "pointer does not correspond to a registered memory region"},
    {714, "CUDA_ERROR_HARDWARE_STACK_ERROR", ""},
    {715, "CUDA_ERROR_ILLEGAL_INSTRUCTION", ""},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {717, "CUDA_ERROR_INVALID_ADDRESS_SPACE", ""},
    {718, "CUDA_ERROR_INVALID_PC", ""},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {720, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", ""},
    {721, "CUDA_ERROR_TENSOR_MEMORY_LEAK", ""},
    {800, "CUDA_ERROR_NOT_PERMITTED", "operation not permitted"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {802, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", ""},
    {805, "CUDA_ERROR_MPS_CONNECTION_FAILED", ""},
    {806, "CUDA_ERROR_MPS_RPC_FAILURE", ""},
    {807, "CUDA_ERROR_MPS_SERVER_NOT_READY", ""},
    {808, "CUDA_ERROR_MPS_MAX_CLIENTS_REACHED", ""},
    {809, "CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED", ""},
    {810, "CUDA_ERROR_MPS_CLIENT_TERMINATED", ""},
    {811, "CUDA_ERROR_CDP_NOT_SUPPORTED", ""},
    {812, "CUDA_ERROR_CDP_VERSION_MISMATCH", ""},
    {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
    {902, "CUDA_ERROR_STREAM_CAPTURE_MERGE", "operation would result in a merge of separate capture sequences"},
    {903, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "capture was not ended in the same stream as it began"},
    {904, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED", "capturing stream has unjoined work"},
    {905, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION", "dependency created on uncaptured work in another stream"},
    {906, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "operation would make the legacy stream depend on a capturing blocking stream"},
    {907, "CUDA_ERROR_CAPTURED_EVENT", "operation not permitted on an event last recorded in a capturing stream"},
    {908, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", "attempt to terminate a thread-local capture sequence from another thread"},
    {909, "CUDA_ERROR_TIMEOUT", ""},
    {910, "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE", ""},
    {911, "CUDA_ERROR_EXTERNAL_DEVICE", ""},
    {912, "CUDA_ERROR_INVALID_CLUSTER_SIZE", ""},
    {913, "CUDA_ERROR_FUNCTION_NOT_LOADED", ""},
    {914, "CUDA_ERROR_INVALID_RESOURCE_TYPE", ""},
    {915, "CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION", ""},
    {916, "CUDA_ERROR_KEY_ROTATION", ""},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const Named* named(int code) {
    for (const Named& n : NAMES) {
        if (n.code == code) return &n;
    }
    return nullptr;
}

}  // namespace

const char* error_name(int code) {
    const Named* n = named(code);
    return n ? n->name : "an unknown code";
}

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuGetErrorName(CUresult code, const char** text) {
    return entry(__func__, ANYTIME, [&]() -> CUresult {
        if (!text) return CUDA_ERROR_INVALID_VALUE;
        const Named* n = named(code);
        *text = n ? n->name : nullptr;
        return n ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    });
}

CUEMU_API cuGetErrorString(CUresult code, const char** text) {
    return entry(__func__, ANYTIME, [&]() -> CUresult {
        if (!text) return CUDA_ERROR_INVALID_VALUE;
        const Named* n = named(code);
        *text = n ? (*n->text ? n->text : n->name) : nullptr;
        return n ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    });
}
