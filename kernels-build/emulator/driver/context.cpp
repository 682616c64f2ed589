// Contexts: the primary one and others, which one is current, and what is left when one ends.
#include <algorithm>

#include "graph.h"
#include "memory.h"
#include "module.h"

namespace cuemu {

namespace {

uintptr_t make_context(bool primary, unsigned flags) {
    static uint64_t next = 0;
    auto context = std::make_shared<Context>();
    context->id = ++next;
    context->primary = primary;
    context->flags = flags;
    context->legacy = std::make_shared<Stream>();
    context->legacy->handle = 0;
    context->legacy->id = 1;
    context->legacy->context = context;
    context->legacy->flags = 0;
    context->legacy->priority = 0;
    driver().made.contexts++;
    return driver().contexts.add(context);
}

struct Leaks {
    size_t count = 0, bytes = 0;
    std::string list;
};

void note_leak(const Allocation& a, void* argument) {
    Leaks& leaks = *(Leaks*)argument;
    leaks.count++;
    leaks.bytes += a.bytes;
    if (leaks.count <= 10) leaks.list += text_of("%s%lu (%zu bytes%s)", leaks.count > 1 ? ", " : "", (unsigned long)a.id, a.bytes, a.host ? ", pinned" : "");
    if (leaks.count == 11) leaks.list += ", ...";
}

void report_leaks(const Context* owner, const char* when) {
    Leaks leaks;
    for_each_live(owner, note_leak, &leaks);
    if (leaks.count) report(text_of("leak: %zu allocations, %zu bytes, not freed %s: ", leaks.count, leaks.bytes, when) + leaks.list);
}

void collect(const Allocation& a, void* argument) { ((std::vector<const Allocation*>*)argument)->push_back(find_allocation(a.begin)); }

// Nothing is freed at the process's end: other threads may still run. Only what a program should have freed is named.
__attribute__((destructor)) void at_exit() {
    if (driver().initialised && driver().mutex.try_lock()) {
        report_leaks(nullptr, "when the process ended");
        driver().mutex.unlock();
    }
}

CUresult check_device(CUdevice device) {
    return device == 0 ? CUDA_SUCCESS : fail(CUDA_ERROR_INVALID_DEVICE, "device %d", device);
}

void end_primary() {
    tear_down(driver().primary);
    driver().contexts.remove((void*)driver().primary_handle);
    driver().primary = nullptr;
    driver().primary_handle = 0;
}

}  // namespace

void tear_down(const std::shared_ptr<Context>& context) {
    Driver& d = driver();
    auto captures = d.captures;
    for (const auto& capture : captures) {
        if (capture->origin->context != context) continue;
        for (const auto& stream : capture->streams) stream->capture = nullptr;
        d.captures.erase(std::find(d.captures.begin(), d.captures.end(), capture));
    }
    wait_for_all(context);
    report_leaks(context.get(), "when their context ended");
    d.graph_execs.remove_if([&](const GraphExec& e) { return e.context == context; });
    d.events.remove_if([&](const Event& e) { return e.context == context; });
    d.streams.remove_if([&](const Stream& s) { return s.context == context; });
    d.functions.remove_if([&](const Function& f) { return f.context == context; });
    d.modules.remove_if([&](const Module& m) { return m.context == context; });
    std::vector<const Allocation*> live;
    for_each_live(context.get(), collect, &live);
    for (const Allocation* allocation : live) {
        std::string damage = release(allocation);
        if (!damage.empty()) fault(*context, CUDA_ERROR_ILLEGAL_ADDRESS, damage);
    }
    context->legacy = nullptr;  // it holds the context
}

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuDevicePrimaryCtxRetain(CUcontext* handle, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        Driver& d = driver();
        if (!handle) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = check_device(device)) return bad;
        if (!d.primary) {
            d.primary_handle = make_context(true, d.primary_flags);
            d.primary = d.contexts.find((void*)d.primary_handle);
        }
        d.primary_references++;
        *handle = (CUcontext)d.primary_handle;
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

CUEMU_API cuDevicePrimaryCtxReset_v2(CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        driver().primary_references = 0;
        if (driver().primary) end_primary();
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        driver().primary_flags = flags;
        if (driver().primary) driver().primary->flags = flags;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        if (flags) *flags = driver().primary_flags;
        if (active) *active = driver().primary != nullptr;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxCreate_v2(CUcontext* handle, unsigned flags, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!handle) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = check_device(device)) return bad;
        uintptr_t made = make_context(false, flags);
        contexts_of_thread().push_back(made);
        *handle = (CUcontext)made;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxDestroy_v2(CUcontext handle) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        std::shared_ptr<Context> context = driver().contexts.find(handle);
        if (!context) return fail(CUDA_ERROR_INVALID_CONTEXT, "%p is no live context", (void*)handle);
        if (context->primary) return fail(CUDA_ERROR_INVALID_CONTEXT, "the primary context is released, not destroyed");
        tear_down(context);
        driver().contexts.remove(handle);
        std::vector<uintptr_t>& stack = contexts_of_thread();
        if (!stack.empty() && stack.back() == (uintptr_t)handle) stack.pop_back();
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxSetCurrent(CUcontext handle) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        std::vector<uintptr_t>& stack = contexts_of_thread();
        if (handle && !driver().contexts.find(handle)) return fail(CUDA_ERROR_INVALID_CONTEXT, "%p is no live context", (void*)handle);
        if (!stack.empty()) stack.pop_back();
        if (handle) stack.push_back((uintptr_t)handle);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxGetCurrent(CUcontext* handle) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!handle) return CUDA_ERROR_INVALID_VALUE;
        *handle = contexts_of_thread().empty() ? nullptr : (CUcontext)contexts_of_thread().back();
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxPushCurrent_v2(CUcontext handle) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!driver().contexts.find(handle)) return fail(CUDA_ERROR_INVALID_CONTEXT, "%p is no live context", (void*)handle);
        contexts_of_thread().push_back((uintptr_t)handle);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxPopCurrent_v2(CUcontext* handle) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        std::vector<uintptr_t>& stack = contexts_of_thread();
        if (stack.empty()) return fail(CUDA_ERROR_INVALID_CONTEXT, "the calling thread has no current context");
        if (handle) *handle = (CUcontext)stack.back();
        stack.pop_back();
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxGetDevice(CUdevice* device) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!device) return CUDA_ERROR_INVALID_VALUE;
        *device = 0;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxGetFlags(unsigned* flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!flags) return CUDA_ERROR_INVALID_VALUE;
        *flags = current_context()->flags;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxGetId(CUcontext handle, unsigned long long* id) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Context> context = handle ? driver().contexts.find(handle) : current_context();
        if (!id || !context) return CUDA_ERROR_INVALID_VALUE;
        *id = context->id;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxGetApiVersion(CUcontext handle, unsigned* version) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!version) return CUDA_ERROR_INVALID_VALUE;
        if (handle ? !driver().contexts.find(handle) : !current_context()) return CUDA_ERROR_INVALID_CONTEXT;
        *version = 3020;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxGetStreamPriorityRange(int* least, int* greatest) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (least) *least = 0;
        if (greatest) *greatest = -5;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxSynchronize() {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult {
        std::shared_ptr<Context> context = current_context();
        wait_for_all(context);
        return outcome(context);
    });
}

CUEMU_API cuCtxGetCacheConfig(int* config) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!config) return CUDA_ERROR_INVALID_VALUE;
        *config = current_context()->cache_config;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxSetCacheConfig(int config) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (config < 0 || config > 3) return fail(CUDA_ERROR_INVALID_VALUE, "cache configuration %d", config);
        current_context()->cache_config = config;
        return CUDA_SUCCESS;
    });
}
