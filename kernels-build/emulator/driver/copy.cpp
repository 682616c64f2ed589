// Copies and memsets. Every range is checked at the call, and again when its turn comes.
#include "memory.h"
#include "stream.h"

namespace cuemu {

namespace {

enum class Side { Device, Host };  // what the entry point's name says of an address

struct Rows {
    uintptr_t begin;
    size_t pitch;
};

// Where `rows` lie; an error if they leave their allocation, or are no memory of the side that is meant.
CUresult place_of(const char* what, Side side, Rows rows, size_t width, size_t height, Place* place) {
    *place = Place::Pageable;
    if (side == Side::Host && !find_allocation(rows.begin)) return rows.begin ? CUDA_SUCCESS : fail(CUDA_ERROR_INVALID_VALUE, "%s: a null pointer", what);
    std::string why;
    const Allocation* allocation = holding(rows.begin, rows.pitch * (height - 1) + width, &why);
    if (!allocation) return fail(CUDA_ERROR_INVALID_VALUE, "%s: %s", what, why.c_str());
    if (side == Side::Host && !allocation->host) return fail(CUDA_ERROR_INVALID_VALUE, "%s: expected host memory, got %s", what, describe(rows.begin).c_str());
    *place = allocation->host ? Place::Pinned : Place::Device;
    return CUDA_SUCCESS;
}

CUresult copy(CUstream handle, Side to_side, Rows to, Side from_side, Rows from, size_t width, size_t height) {
    std::shared_ptr<Stream> stream;
    if (CUresult bad = find_stream(handle, &stream)) return bad;
    if (!width || !height) return CUDA_SUCCESS;
    CopyWork work{to.begin, from.begin, to.pitch, from.pitch, width, height, Place::Device, Place::Device, nullptr};
    if (CUresult bad = place_of("destination", to_side, to, width, height, &work.to_place)) return bad;
    if (CUresult bad = place_of("source", from_side, from, width, height, &work.from_place)) return bad;
    if (!stream->capture && work.from_place == Place::Pageable) {
        // The source may change or move as soon as the call returns (a Java array is pinned only during the call). It has one row.
        work.staged = std::make_shared<std::vector<unsigned char>>((const unsigned char*)from.begin, (const unsigned char*)from.begin + width);
    }
    const bool waits = work.to_place == Place::Pageable;
    if (CUresult bad = submit(stream, std::move(work))) return bad;
    if (!waits) return CUDA_SUCCESS;
    wait_for(stream);
    return outcome();
}

CUresult copy_2d(const CUDA_MEMCPY2D* c, CUstream stream) {
    if (!c) return CUDA_ERROR_INVALID_VALUE;
    if (c->srcMemoryType != CU_MEMORYTYPE_DEVICE || c->dstMemoryType != CU_MEMORYTYPE_DEVICE) {
        return fail(CUDA_ERROR_NOT_SUPPORTED, "memory types %d to %d: only rows inside the device (2 to 2) are emulated", c->srcMemoryType, c->dstMemoryType);
    }
    if (c->srcPitch < c->WidthInBytes + c->srcXInBytes || c->dstPitch < c->WidthInBytes + c->dstXInBytes) {
        return fail(CUDA_ERROR_INVALID_VALUE, "rows of %zu bytes from columns %zu to %zu leave pitches %zu and %zu", c->WidthInBytes, c->srcXInBytes, c->dstXInBytes,
                    c->srcPitch, c->dstPitch);
    }
    return copy(stream, Side::Device, {c->dstDevice + c->dstY * c->dstPitch + c->dstXInBytes, c->dstPitch}, Side::Device,
                {c->srcDevice + c->srcY * c->srcPitch + c->srcXInBytes, c->srcPitch}, c->WidthInBytes, c->Height);
}

CUresult fill(CUstream handle, CUdeviceptr to, unsigned value, unsigned element, size_t count) {
    std::shared_ptr<Stream> stream;
    if (CUresult bad = find_stream(handle, &stream)) return bad;
    if (to % element) return fail(CUDA_ERROR_INVALID_VALUE, "address %#llx does not suit elements of %u bytes", to, element);
    if (!count) return CUDA_SUCCESS;
    Place place;
    if (CUresult bad = place_of("destination", Side::Device, {to, 0}, count * element, 1, &place)) return bad;
    return submit(stream, FillWork{to, value, element, count});
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy(s, Side::Device, {to, n}, Side::Host, {(uintptr_t)from, n}, n, 1); });
}
CUEMU_API cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t n) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (CUresult bad = copy(nullptr, Side::Host, {(uintptr_t)to, n}, Side::Device, {from, n}, n, 1)) return bad;
        wait_for(driver().primary->legacy);
        return outcome();
    });
}
CUEMU_API cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy(s, Side::Host, {(uintptr_t)to, n}, Side::Device, {from, n}, n, 1); });
}
CUEMU_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy(s, Side::Device, {to, n}, Side::Device, {from, n}, n, 1); });
}
CUEMU_API cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* c, CUstream s) {
    return entry(__func__, CURRENT, [&] { return copy_2d(c, s); });
}
CUEMU_API cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t n) {
    return entry(__func__, CURRENT, [&] { return fill(nullptr, to, value, 1, n); });
}
CUEMU_API cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return fill(s, to, value, 1, n); });
}
CUEMU_API cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t n, CUstream s) {
    return entry(__func__, CURRENT, [&] { return fill(s, to, value, 4, n); });
}
