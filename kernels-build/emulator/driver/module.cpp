// Loading PTX: what a real driver would refuse is refused, and each kernel must have its twin in the emulation's libraries.
#include "module.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace cuemu {

namespace {

// A log buffer that cuModuleLoadDataEx was given: two options, the address and the size, which is overwritten with the bytes filled.
struct Log {
    char* buffer = nullptr;
    size_t bytes = 0;
    void** size_slot = nullptr;

    void write(const std::string& text) const {
        if (!buffer || !bytes) return;
        size_t filled = text.size() < bytes - 1 ? text.size() : bytes - 1;
        memcpy(buffer, text.data(), filled);
        buffer[filled] = 0;
        if (size_slot) *size_slot = (void*)(filled + 1);
    }
};

struct Options {
    Log info, error;
};

Options read_options(unsigned count, const int* names, void** values) {
    Options o;
    for (unsigned i = 0; i < count; i++) {
        Log& log = names[i] == CU_JIT_INFO_LOG_BUFFER || names[i] == CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES ? o.info : o.error;
        if (names[i] == CU_JIT_INFO_LOG_BUFFER || names[i] == CU_JIT_ERROR_LOG_BUFFER) log.buffer = (char*)values[i];
        if (names[i] == CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES || names[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) {
            log.bytes = (size_t)(uintptr_t)values[i] & 0xFFFFFFFF;  // the option is an unsigned int stored in a pointer
            log.size_slot = &values[i];
        }
    }
    return o;
}

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
    std::vector<size_t> sizes;
    for (const PtxParameter& p : e.parameters) sizes.push_back(p.bytes);
    if (sizes != kernel->parameter_bytes) {
        return e.name + ": the PTX has parameters of " + joined(sizes) + " bytes, the emulated kernel of " + joined(kernel->parameter_bytes) + remedy;
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

CUresult load(CUmodule* handle, const char* image, const Options& options) {
    if (!handle || !image) return fail(CUDA_ERROR_INVALID_VALUE, "a null pointer");
    *handle = nullptr;
    if (!strncmp(image, "\177ELF", 4) || !strncmp(image, "\x50\xED\x55\xBA", 4)) {
        options.error.write("the emulation loads PTX only");
        return fail(CUDA_ERROR_NO_BINARY_FOR_GPU, "the image is a compiled binary; the emulation loads PTX only");
    }
    auto module = std::make_shared<Module>();
    std::string why;
    CUresult result = parse_ptx(image, &module->ptx, &why) ? check(module->ptx, &why) : CUDA_ERROR_INVALID_PTX;
    if (result) {
        options.error.write("ptxas application ptx input, " + why);
        return fail(result, "%s", why.c_str());
    }
    module->context = current_context();
    module->handle = driver().modules.add(module);
    driver().made.modules++;
    options.info.write(text_of("%zu kernels, emulated", module->ptx.entries.size()));
    options.error.write("");
    *handle = (CUmodule)module->handle;
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

CUEMU_API cuModuleLoad(CUmodule* module, const char* path) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult {
        if (!path) return CUDA_ERROR_INVALID_VALUE;
        std::ifstream file(path, std::ios::binary);
        if (!file) return fail(CUDA_ERROR_FILE_NOT_FOUND, "%s cannot be read", path);
        std::stringstream text;
        text << file.rdbuf();
        return load(module, (text.str() + std::string(4, '\0')).c_str(), Options{});
    });
}

CUEMU_API cuModuleLoadData(CUmodule* module, const void* image) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult { return load(module, (const char*)image, Options{}); });
}

CUEMU_API cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned options, int* names, void** values) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult {
        if (options && (!names || !values)) return fail(CUDA_ERROR_INVALID_VALUE, "options without names or values");
        return load(module, (const char*)image, read_options(options, names, values));
    });
}

CUEMU_API cuModuleUnload(CUmodule handle) {
    return entry(__func__, TEARDOWN | CAPTURE_UNSAFE, [&]() -> CUresult {
        std::shared_ptr<Module> module;
        if (CUresult bad = find_module(handle, &module)) return bad;
        wait_for_all(module->context);  // pending launches hold their functions, and a real driver waits too
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
        function->context = module->context;
        function->entry = *found;
        function->ptx_version = module->ptx.version;
        function->ptx_target = module->ptx.target;
        function->kernel = find_kernel(name);
        size_t standard = (size_t)device_attribute(8);
        function->dynamic_shared_limit = standard > found->static_shared ? standard - found->static_shared : 0;
        function->handle = driver().functions.add(function);
        *handle = (CUfunction)function->handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuModuleGetGlobal_v2(CUdeviceptr* pointer, size_t* bytes, CUmodule handle, const char* name) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Module> module;
        if (!name || (!pointer && !bytes)) return fail(CUDA_ERROR_INVALID_VALUE, "a null pointer");
        if (CUresult bad = find_module(handle, &module)) return bad;
        for (const std::string& global : module->ptx.globals) {
            if (global == name) return fail(CUDA_ERROR_NOT_SUPPORTED, "%s: the emulation has no access to module variables; pass a buffer instead", name);
        }
        return fail(CUDA_ERROR_NOT_FOUND, "the module has no variable %s", name);
    });
}

CUEMU_API cuModuleGetLoadingMode(int* mode) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!mode) return CUDA_ERROR_INVALID_VALUE;
        *mode = 1;  // eager
        return CUDA_SUCCESS;
    });
}
