// Entry points that allocate and free memory and say where an address belongs.
#include "memory.h"

#include <map>

#include "stream.h"

namespace cuemu {

// Host memory of the program that cuMemHostRegister pinned: address -> bytes.
static std::map<uintptr_t, size_t>& registered() {
    static auto* ranges = new std::map<uintptr_t, size_t>;
    return *ranges;
}

bool in_registered(uintptr_t address) {
    auto after = registered().upper_bound(address);
    return after != registered().begin() && address < std::prev(after)->first + std::prev(after)->second;
}

namespace {

CUresult allocate_for(CUdeviceptr* pointer, size_t bytes, bool host) {
    if (!pointer || !bytes) return fail(CUDA_ERROR_INVALID_VALUE, "%s", pointer ? "an allocation of 0 bytes" : "a null pointer");
    *pointer = 0;
    const Allocation* made = allocate(current_context().get(), bytes, host);
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
    std::shared_ptr<Context> context = current_context();
    wait_for_all(context);
    std::string damage = release(allocation);
    if (!damage.empty()) fault(*context, CUDA_ERROR_ILLEGAL_ADDRESS, damage);
    return CUDA_SUCCESS;  // TEARDOWN: a sticky code is returned instead
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult { return allocate_for(pointer, bytes, false); });
}

CUEMU_API cuMemAllocPitch_v2(CUdeviceptr* pointer, size_t* pitch, size_t width, size_t height, unsigned element) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult {
        if (!pitch || !width || !height || (element != 4 && element != 8 && element != 16)) return fail(CUDA_ERROR_INVALID_VALUE, "element size %u", element);
        *pitch = (width + 511) / 512 * 512;
        return allocate_for(pointer, *pitch * height, false);
    });
}

CUEMU_API cuMemFree_v2(CUdeviceptr pointer) {
    return entry(__func__, TEARDOWN | CAPTURE_UNSAFE, [&]() -> CUresult { return free_of(pointer, false); });
}

CUEMU_API cuMemAllocAsync(CUdeviceptr* pointer, size_t bytes, CUstream stream_handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        if (stream->capture) {
            stream->capture->invalidated = true;
            return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuMemAllocAsync is not emulated in captures; allocate before");
        }
        return allocate_for(pointer, bytes, false);
    });
}

CUEMU_API cuMemFreeAsync(CUdeviceptr pointer, CUstream stream_handle) {
    return entry(__func__, TEARDOWN, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        const Allocation* allocation = live_at(pointer);
        if (!allocation || allocation->begin != pointer || allocation->host) {
            return fail(CUDA_ERROR_INVALID_VALUE, "%#llx is not the begin of a live device allocation: it is %s", pointer, describe(pointer).c_str());
        }
        if (stream->context->sticky) return free_of(pointer, false);
        return submit(stream, FreeWork{(uintptr_t)pointer});
    });
}

CUEMU_API cuMemAllocHost_v2(void** pointer, size_t bytes) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult { return allocate_for((CUdeviceptr*)pointer, bytes, true); });
}

CUEMU_API cuMemHostAlloc(void** pointer, size_t bytes, unsigned flags) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult {
        if (flags > 7) return fail(CUDA_ERROR_INVALID_VALUE, "flags %u", flags);
        return allocate_for((CUdeviceptr*)pointer, bytes, true);
    });
}

CUEMU_API cuMemFreeHost(void* pointer) {
    return entry(__func__, TEARDOWN | CAPTURE_UNSAFE, [&]() -> CUresult { return free_of((uintptr_t)pointer, true); });
}

CUEMU_API cuMemHostRegister_v2(void* pointer, size_t bytes, unsigned flags) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult {
        uintptr_t begin = (uintptr_t)pointer;
        if (!pointer || !bytes || flags > 15) return fail(CUDA_ERROR_INVALID_VALUE, "%zu bytes at %p, flags %u", bytes, pointer, flags);
        auto next = registered().lower_bound(begin);
        if (in_registered(begin) || (next != registered().end() && next->first < begin + bytes)) return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
        registered()[begin] = bytes;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuMemHostUnregister(void* pointer) {
    return entry(__func__, TEARDOWN | CAPTURE_UNSAFE, [&]() -> CUresult {
        wait_for_all(current_context());
        return registered().erase((uintptr_t)pointer) ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
    });
}

CUEMU_API cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* pointer, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        const Allocation* allocation = live_at((uintptr_t)pointer);
        if (!device || flags) return CUDA_ERROR_INVALID_VALUE;
        if (!(allocation && allocation->host) && !in_registered((uintptr_t)pointer)) return fail(CUDA_ERROR_INVALID_VALUE, "%p is not pinned", pointer);
        *device = (CUdeviceptr)pointer;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuMemHostGetFlags(unsigned* flags, void* pointer) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        const Allocation* allocation = live_at((uintptr_t)pointer);
        if (!flags || !allocation || !allocation->host) return fail(CUDA_ERROR_INVALID_VALUE, "%p is not pinned", pointer);
        *flags = 2;  // mapped for the device, as all pinned memory is under unified addressing
        return CUDA_SUCCESS;
    });
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

CUEMU_API cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr pointer) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        const Allocation* allocation = live_at(pointer);
        if (!allocation) return fail(CUDA_ERROR_NOT_FOUND, "%s", describe(pointer).c_str());
        if (base) *base = allocation->begin;
        if (bytes) *bytes = allocation->bytes;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuPointerGetAttribute(void* data, int attribute, CUdeviceptr pointer) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        const Allocation* allocation = live_at(pointer);
        if (!data) return CUDA_ERROR_INVALID_VALUE;
        if (!allocation) return fail(CUDA_ERROR_INVALID_VALUE, "%s", describe(pointer).c_str());
        switch (attribute) {
            case 1: {  // context
                *(CUcontext*)data = nullptr;
                for (const auto& [handle, context] : driver().contexts.live()) {
                    if (context.get() == owner_of(allocation)) *(CUcontext*)data = (CUcontext)handle;
                }
                return CUDA_SUCCESS;
            }
            case 2: *(unsigned*)data = allocation->host ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE; return CUDA_SUCCESS;
            case 3: *(CUdeviceptr*)data = pointer; return CUDA_SUCCESS;  // device pointer
            case 4:                                                      // host pointer
                if (!allocation->host) return fail(CUDA_ERROR_INVALID_VALUE, "device memory has no host pointer");
                *(void**)data = (void*)pointer;
                return CUDA_SUCCESS;
            case 7: *(unsigned long long*)data = allocation->id; return CUDA_SUCCESS;
            case 8: *(unsigned*)data = 0; return CUDA_SUCCESS;           // managed
            case 9: *(int*)data = 0; return CUDA_SUCCESS;                // device ordinal
            case 11: *(CUdeviceptr*)data = allocation->begin; return CUDA_SUCCESS;
            case 12: *(size_t*)data = allocation->bytes; return CUDA_SUCCESS;
            case 13: *(unsigned*)data = 1; return CUDA_SUCCESS;          // mapped
            default: return fail(CUDA_ERROR_NOT_SUPPORTED, "pointer attribute %d is not emulated", attribute);
        }
    });
}
