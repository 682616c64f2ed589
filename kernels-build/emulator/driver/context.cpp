// The primary context, where it is current, and what is left when it ends.
#include "memory.h"
#include "module.h"

namespace cuemu {

namespace {

void report_leaks(const char* when) {
    size_t count = 0, bytes = 0;
    std::string list;
    for (const Allocation* a : live_allocations()) {
        count++;
        bytes += a->bytes;
        if (count <= 10) list += text_of("%s%lu (%zu bytes%s)", count > 1 ? ", " : "", (unsigned long)a->id, a->bytes, a->host ? ", pinned" : "");
        if (count == 11) list += ", ...";
    }
    if (count) report(text_of("leak: %zu allocations, %zu bytes, not freed %s: ", count, bytes, when) + list);
}

// Nothing is freed at the process's end: other threads may still run. Only what a program should have freed is named.
__attribute__((destructor)) void at_exit() {
    if (driver().initialised && driver().mutex.try_lock()) {
        report_leaks("when the process ended");
        driver().mutex.unlock();
    }
}

// Frees everything that the context owns: runs the pending work, then ends streams, events, modules and memory. Reports leaks before.
void end_primary() {
    Driver& d = driver();
    wait_for_all();
    report_leaks("when their context ended");
    d.executables.clear();
    d.events.clear();
    d.streams.clear();
    d.functions.clear();
    d.modules.clear();
    for (const Allocation* allocation : live_allocations()) {
        std::string damage = release(allocation);
        if (!damage.empty()) fault(CUDA_ERROR_ILLEGAL_ADDRESS, damage);
    }
    d.primary = nullptr;
}

}  // namespace

uintptr_t& context_of_thread() {
    thread_local uintptr_t handle = 0;
    return handle;
}

Context* current_context() {
    Context* primary = driver().primary.get();
    return primary && primary->handle == context_of_thread() ? primary : nullptr;
}

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuDevicePrimaryCtxRetain(CUcontext* handle, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        Driver& d = driver();
        if (!handle) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = check_device(device)) return bad;
        if (!d.primary) {
            static uintptr_t last = 0x11ULL << 40;
            d.primary = std::make_shared<Context>();
            d.primary->handle = last += 16;
            d.primary->legacy = std::make_shared<Stream>();
            d.made.contexts++;
        }
        d.primary_references++;
        *handle = (CUcontext)d.primary->handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        Driver& d = driver();
        if (CUresult bad = check_device(device)) return bad;
        if (!d.primary_references) return fail(CUDA_ERROR_INVALID_CONTEXT, "the primary context is not retained");
        if (--d.primary_references == 0) end_primary();
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxSetCurrent(CUcontext handle) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        const std::shared_ptr<Context>& primary = driver().primary;
        if (handle && !(primary && primary->handle == (uintptr_t)handle)) return fail(CUDA_ERROR_INVALID_CONTEXT, "%p is no live context", (void*)handle);
        context_of_thread() = (uintptr_t)handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxSynchronize() {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        wait_for_all();
        return outcome();
    });
}
