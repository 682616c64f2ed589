// Copies and memsets. Every range is checked at the call, and again when its turn comes.
#include <cstring>

#include "memory.h"
#include "stream.h"

namespace cuemu {

bool in_registered(uintptr_t address);  // memory_api.cpp

namespace {

enum class Side { Device, Host, Either };  // what the entry point's name says of an address
enum class Wait { No, Yes };

struct Rows {
    uintptr_t begin;
    size_t pitch;
};

// Where `rows` lie; an error if they leave their allocation, or are no memory of the side that is meant.
CUresult place_of(const char* what, Side side, Rows rows, size_t width, size_t height, Place* place) {
    size_t bytes = rows.pitch * (height - 1) + width;
    const Allocation* known = find_allocation(rows.begin);
    if (!known && side != Side::Device) {
        *place = in_registered(rows.begin) ? Place::Pinned : Place::Pageable;
        if (!rows.begin) return fail(CUDA_ERROR_INVALID_VALUE, "%s: a null pointer", what);
        return CUDA_SUCCESS;
    }
    if (!known && in_registered(rows.begin)) {
        *place = Place::Pinned;
        return CUDA_SUCCESS;
    }
    std::string why;
    const Allocation* allocation = holding(rows.begin, bytes, &why);
    if (!allocation) return fail(CUDA_ERROR_INVALID_VALUE, "%s: %s", what, why.c_str());
    if (side == Side::Host && !allocation->host) return fail(CUDA_ERROR_INVALID_VALUE, "%s: expected host memory, got %s", what, describe(rows.begin).c_str());
    *place = allocation->host ? Place::Pinned : Place::Device;
    return CUDA_SUCCESS;
}

CUresult copy(CUstream handle, Wait wait, Side to_side, Rows to, Side from_side, Rows from, size_t width, size_t height) {
    std::shared_ptr<Stream> stream;
    if (CUresult bad = find_stream(handle, &stream)) return bad;
    if (!width || !height) return CUDA_SUCCESS;
    if (height > 1 && (to.pitch < width || from.pitch < width)) {
        return fail(CUDA_ERROR_INVALID_VALUE, "rows of %zu bytes with pitches %zu (to) and %zu (from)", width, to.pitch, from.pitch);
    }
    CopyWork work{to.begin, from.begin, to.pitch, from.pitch, width, height, Place::Device, Place::Device, nullptr};
    if (CUresult bad = place_of("destination", to_side, to, width, height, &work.to_place)) return bad;
    if (CUresult bad = place_of("source", from_side, from, width, height, &work.from_place)) return bad;
    if (!stream->capture && work.from_place == Place::Pageable) {
        // The source may change or move as soon as the call returns (a Java array is pinned only during the call).
        work.staged = std::make_shared<std::vector<unsigned char>>(width * height);
        for (size_t row = 0; row < height; row++) memcpy(work.staged->data() + row * width, (const void*)(from.begin + row * from.pitch), width);
    }
    bool to_pageable = work.to_place == Place::Pageable;
    bool device_only = work.to_place == Place::Device && work.from_place == Place::Device;
    bool staged = work.staged != nullptr && !to_pageable;
    if (CUresult bad = submit(stream, std::move(work))) return bad;
    // A synchronous copy inside the device, or from pageable memory once that is staged, may return before it is done: programs must not rely on more.
    bool waits = to_pageable || (wait == Wait::Yes && !device_only && !staged);
    if (!waits || stream->capture) return CUDA_SUCCESS;
    wait_for(stream->tail);
    return outcome(stream->context);
}

CUresult copy_2d(const CUDA_MEMCPY2D* c, CUstream stream, Wait wait) {
    if (!c) return CUDA_ERROR_INVALID_VALUE;
    auto side = [](int type) { return type == CU_MEMORYTYPE_HOST ? Side::Host : type == CU_MEMORYTYPE_DEVICE ? Side::Device : Side::Either; };
    for (int type : {c->srcMemoryType, c->dstMemoryType}) {
        if (type != CU_MEMORYTYPE_HOST && type != CU_MEMORYTYPE_DEVICE && type != CU_MEMORYTYPE_UNIFIED) {
            return fail(CUDA_ERROR_INVALID_VALUE, "memory type %d: arrays are not emulated", type);
        }
    }
    size_t from_pitch = c->srcPitch ? c->srcPitch : c->WidthInBytes + c->srcXInBytes;
    size_t to_pitch = c->dstPitch ? c->dstPitch : c->WidthInBytes + c->dstXInBytes;
    if (from_pitch < c->WidthInBytes + c->srcXInBytes || to_pitch < c->WidthInBytes + c->dstXInBytes) {
        return fail(CUDA_ERROR_INVALID_VALUE, "rows of %zu bytes from columns %zu to %zu leave pitches %zu and %zu", c->WidthInBytes, c->srcXInBytes, c->dstXInBytes,
                    from_pitch, to_pitch);
    }
    uintptr_t from = c->srcMemoryType == CU_MEMORYTYPE_HOST ? (uintptr_t)c->srcHost : (uintptr_t)c->srcDevice;
    uintptr_t to = c->dstMemoryType == CU_MEMORYTYPE_HOST ? (uintptr_t)c->dstHost : (uintptr_t)c->dstDevice;
    return copy(stream, wait, side(c->dstMemoryType), {to + c->dstY * to_pitch + c->dstXInBytes, to_pitch}, side(c->srcMemoryType),
                {from + c->srcY * from_pitch + c->srcXInBytes, from_pitch}, c->WidthInBytes, c->Height);
}

CUresult fill(CUstream handle, CUdeviceptr to, size_t pitch, unsigned value, unsigned element, size_t width, size_t height) {
    std::shared_ptr<Stream> stream;
    if (CUresult bad = find_stream(handle, &stream)) return bad;
    if (to % element || (height > 1 && (pitch % element || pitch < width * element))) {
        return fail(CUDA_ERROR_INVALID_VALUE, "address %#llx or pitch %zu does not suit %zu elements of %u bytes", to, pitch, width, element);
    }
    if (!width || !height) return CUDA_SUCCESS;
    Place place;
    if (CUresult bad = place_of("destination", Side::Device, {(uintptr_t)to, pitch}, width * element, height, &place)) return bad;
    return submit(stream, FillWork{(uintptr_t)to, pitch, value, element, width, height});
}

constexpr unsigned SYNCHRONOUS = CURRENT | CAPTURE_UNSAFE;

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t n) {
    return entry(__func__, SYNCHRONOUS, [&] { return copy(nullptr, Wait::Yes, Side::Either, {to, n}, Side::Either, {from, n}, n, 1); });
}
CUEMU_API cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy(s, Wait::No, Side::Either, {to, n}, Side::Either, {from, n}, n, 1); });
}
CUEMU_API cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t n) {
    return entry(__func__, SYNCHRONOUS, [&] { return copy(nullptr, Wait::Yes, Side::Device, {to, n}, Side::Host, {(uintptr_t)from, n}, n, 1); });
}
CUEMU_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy(s, Wait::No, Side::Device, {to, n}, Side::Host, {(uintptr_t)from, n}, n, 1); });
}
CUEMU_API cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t n) {
    return entry(__func__, SYNCHRONOUS, [&] { return copy(nullptr, Wait::Yes, Side::Host, {(uintptr_t)to, n}, Side::Device, {from, n}, n, 1); });
}
CUEMU_API cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy(s, Wait::No, Side::Host, {(uintptr_t)to, n}, Side::Device, {from, n}, n, 1); });
}
CUEMU_API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t n) {
    return entry(__func__, SYNCHRONOUS, [&] { return copy(nullptr, Wait::Yes, Side::Device, {to, n}, Side::Device, {from, n}, n, 1); });
}
CUEMU_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy(s, Wait::No, Side::Device, {to, n}, Side::Device, {from, n}, n, 1); });
}
CUEMU_API cuMemcpy2D_v2(const CUDA_MEMCPY2D* c) {
    return entry(__func__, SYNCHRONOUS, [&] { return copy_2d(c, nullptr, Wait::Yes); });
}
CUEMU_API cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D* c) {
    return entry(__func__, SYNCHRONOUS, [&] { return copy_2d(c, nullptr, Wait::Yes); });
}
CUEMU_API cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* c, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy_2d(c, s, Wait::No); });
}

CUEMU_API cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t n) {
    return entry(__func__, SYNCHRONOUS, [&] { return fill(nullptr, to, n, value, 1, n, 1); });
}
CUEMU_API cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t n) {
    return entry(__func__, SYNCHRONOUS, [&] { return fill(nullptr, to, 2 * n, value, 2, n, 1); });
}
CUEMU_API cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t n) {
    return entry(__func__, SYNCHRONOUS, [&] { return fill(nullptr, to, 4 * n, value, 4, n, 1); });
}
CUEMU_API cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return fill(s, to, n, value, 1, n, 1); });
}
CUEMU_API cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return fill(s, to, 2 * n, value, 2, n, 1); });
}
CUEMU_API cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return fill(s, to, 4 * n, value, 4, n, 1); });
}
CUEMU_API cuMemsetD2D8_v2(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height) {
    return entry(__func__, SYNCHRONOUS, [&] { return fill(nullptr, to, pitch, value, 1, width, height); });
}
CUEMU_API cuMemsetD2D16_v2(CUdeviceptr to, size_t pitch, unsigned short value, size_t width, size_t height) {
    return entry(__func__, SYNCHRONOUS, [&] { return fill(nullptr, to, pitch, value, 2, width, height); });
}
CUEMU_API cuMemsetD2D32_v2(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height) {
    return entry(__func__, SYNCHRONOUS, [&] { return fill(nullptr, to, pitch, value, 4, width, height); });
}
CUEMU_API cuMemsetD2D8Async(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height, CUstream s) {
    return entry(__func__, CURRENT, [&] { return fill(s, to, pitch, value, 1, width, height); });
}
CUEMU_API cuMemsetD2D16Async(CUdeviceptr to, size_t pitch, unsigned short value, size_t width, size_t height, CUstream s) {
    return entry(__func__, CURRENT, [&] { return fill(s, to, pitch, value, 2, width, height); });
}
CUEMU_API cuMemsetD2D32Async(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height, CUstream s) {
    return entry(__func__, CURRENT, [&] { return fill(s, to, pitch, value, 4, width, height); });
}
