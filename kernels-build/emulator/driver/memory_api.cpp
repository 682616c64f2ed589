// Entry points that allocate and free memory.
#include "memory.h"
#include "stream.h"

namespace cuemu {

namespace {

CUresult allocate_for(CUdeviceptr* pointer, size_t bytes, bool host) {
    if (!pointer || !bytes) return fail(CUDA_ERROR_INVALID_VALUE, "%s", pointer ? "an allocation of 0 bytes" : "a null pointer");
    *pointer = 0;
    const Allocation* made = allocate(bytes, host);
    if (!made) {
        MemoryUse use = memory_use();
        return fail(CUDA_ERROR_OUT_OF_MEMORY, "%zu bytes do not fit: %zu of %zu are in use", bytes, use.device_bytes, use.device_limit);
    }
    *pointer = made->begin;
    return CUDA_SUCCESS;
}

CUresult free_of(uintptr_t pointer, bool host) {
    if (!pointer) return host ? fail(CUDA_ERROR_INVALID_VALUE, "a null pointer") : CUDA_SUCCESS;
    const Allocation* allocation = live_at(pointer);
    if (!allocation || allocation->begin != pointer || allocation->host != host) {
        return fail(CUDA_ERROR_INVALID_VALUE, "%#lx is not the begin of a live %s allocation: it is %s", (unsigned long)pointer, host ? "pinned host" : "device",
                    describe(pointer).c_str());
    }
    wait_for_all();
    std::string damage = release(allocation);
    if (!damage.empty()) fault(CUDA_ERROR_ILLEGAL_ADDRESS, damage);
    return CUDA_SUCCESS;  // TEARDOWN: a sticky code is returned instead
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes) {
    return entry(__func__, CURRENT, [&] { return allocate_for(pointer, bytes, false); });
}

CUEMU_API cuMemFree_v2(CUdeviceptr pointer) {
    return entry(__func__, TEARDOWN, [&] { return free_of(pointer, false); });
}

CUEMU_API cuMemAllocHost_v2(void** pointer, size_t bytes) {
    return entry(__func__, CURRENT, [&] { return allocate_for((CUdeviceptr*)pointer, bytes, true); });
}

CUEMU_API cuMemFreeHost(void* pointer) {
    return entry(__func__, TEARDOWN, [&] { return free_of((uintptr_t)pointer, true); });
}

CUEMU_API cuMemGetInfo_v2(size_t* free, size_t* total) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!free || !total) return CUDA_ERROR_INVALID_VALUE;
        MemoryUse use = memory_use();
        *free = use.device_limit - use.device_bytes;
        *total = use.device_limit;
        return CUDA_SUCCESS;
    });
}
