// Loading PTX: what a real driver would refuse is refused, and each kernel must have its twin in the emulation's libraries.
#include "module.h"

#include <cstdio>

namespace cuemu {

namespace {

constexpr size_t STANDARD_SHARED = 48 << 10;  // of a block, without leave

std::string joined(const std::vector<size_t>& sizes) {
    std::string text;
    for (size_t s : sizes) text += (text.empty() ? "" : ", ") + std::to_string(s);
    return "(" + text + ")";
}

// Empty, or how the emulation's kernel differs from the PTX's.
std::string stale(const PtxEntry& e) {
    const Kernel* kernel = find_kernel(e.name);
    std::string remedy = "; the kernel library is stale, run make -C kernels-build/emulator";
    if (!kernel) return e.name + ": not among the emulated kernels (" + kernel_libraries() + ")" + remedy;
    if (e.parameter_bytes != kernel->parameter_bytes) {
        return e.name + ": the PTX has parameters of " + joined(e.parameter_bytes) + " bytes, the emulated kernel of " + joined(kernel->parameter_bytes) + remedy;
    }
    if (e.max_threads != kernel->max_threads) {
        return text_of("%s: the PTX says .maxntid %u, the emulated kernel %u%s", e.name.c_str(), e.max_threads, kernel->max_threads, remedy.c_str());
    }
    return "";
}

CUresult check(const Ptx& ptx, std::string* why) {
    int newest = newest_ptx(config().driver_version);
    if (ptx.version > newest) {
        *why = text_of("PTX .version %d.%d is newer than %d.%d, the newest this driver (CUDA %d.%d) knows", ptx.version / 10, ptx.version % 10, newest / 10,
                       newest % 10, config().driver_version / 1000, config().driver_version % 1000 / 10);
        return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
    }
    int device = config().major * 10 + config().minor;
    if (ptx.target > device) {
        *why = text_of("PTX .target sm_%d cannot be compiled for the device's sm_%d", ptx.target, device);
        return CUDA_ERROR_NO_BINARY_FOR_GPU;
    }
    for (const PtxEntry& e : ptx.entries) {
        *why = stale(e);
        if (!why->empty()) return CUDA_ERROR_INVALID_PTX;
    }
    return CUDA_SUCCESS;
}

CUresult find_module(CUmodule handle, std::shared_ptr<Module>* module) {
    *module = driver().modules.find(handle);
    if (!*module) return fail(CUDA_ERROR_INVALID_HANDLE, "%p is no loaded module; was it unloaded?", (void*)handle);
    return CUDA_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuModuleLoadDataEx(CUmodule* handle, const void* image, unsigned options, int* names, void** values) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!handle || !image || (options && (!names || !values))) return fail(CUDA_ERROR_INVALID_VALUE, "a null pointer");
        *handle = nullptr;
        char* log = nullptr;
        size_t log_bytes = 0;
        for (unsigned i = 0; i < options; i++) {
            if (names[i] == CU_JIT_ERROR_LOG_BUFFER) log = (char*)values[i];
            if (names[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) log_bytes = (size_t)(uintptr_t)values[i] & 0xFFFFFFFF;  // an unsigned int stored in a pointer
        }
        auto module = std::make_shared<Module>();
        std::string why;
        CUresult result = parse_ptx((const char*)image, &module->ptx, &why) ? check(module->ptx, &why) : CUDA_ERROR_INVALID_PTX;
        if (log && log_bytes) snprintf(log, log_bytes, "%s%s", result ? "ptxas application ptx input, " : "", why.c_str());
        if (result) return fail(result, "%s", why.c_str());
        driver().made.modules++;
        *handle = (CUmodule)driver().modules.add(module);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuModuleUnload(CUmodule handle) {
    return entry(__func__, TEARDOWN, [&]() -> CUresult {
        std::shared_ptr<Module> module;
        if (CUresult bad = find_module(handle, &module)) return bad;
        wait_for_all();  // pending launches hold their functions, and a real driver waits too
        driver().functions.remove_if([&](const Function& f) { return f.module.lock() == module; });
        driver().modules.remove(handle);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuModuleGetFunction(CUfunction* handle, CUmodule module_handle, const char* name) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Module> module;
        if (!handle || !name) return fail(CUDA_ERROR_INVALID_VALUE, "a null pointer");
        if (CUresult bad = find_module(module_handle, &module)) return bad;
        const PtxEntry* found = module->ptx.find(name);
        if (!found) return fail(CUDA_ERROR_NOT_FOUND, "the module has no kernel %s", name);
        for (const auto& [live, function] : driver().functions.live()) {
            if (function->module.lock() != module || function->entry.name != name) continue;
            *handle = (CUfunction)live;  // asking again gives the same handle, with its attributes
            return CUDA_SUCCESS;
        }
        auto function = std::make_shared<Function>();
        function->module = module;
        function->entry = *found;
        function->kernel = find_kernel(name);
        function->dynamic_shared_limit = STANDARD_SHARED > found->static_shared ? STANDARD_SHARED - found->static_shared : 0;
        *handle = (CUfunction)driver().functions.add(function);
        return CUDA_SUCCESS;
    });
}
