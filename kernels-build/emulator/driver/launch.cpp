// Kernels: their attributes, and launches, of which everything that can be wrong is found before the kernel runs.
#include "module.h"

namespace cuemu {

namespace {

CUresult find_function(CUfunction handle, std::shared_ptr<Function>* function) {
    *function = driver().functions.find(handle);
    if (!*function) return fail(CUDA_ERROR_INVALID_HANDLE, "%p is no kernel of a loaded module; was the module unloaded?", (void*)handle);
    return CUDA_SUCCESS;
}

CUresult check_sizes(const Function& f, const unsigned grid[3], const unsigned block[3], size_t shared) {
    const char* name = f.entry.name.c_str();
    const unsigned most_grid[] = {2147483647u, 65535u, 65535u}, most_block[] = {1024u, 1024u, 64u};
    for (int i = 0; i < 3; i++) {
        if (!grid[i] || grid[i] > most_grid[i]) return fail(CUDA_ERROR_INVALID_VALUE, "%s: grid.%c is %u, not 1 to %u", name, 'x' + i, grid[i], most_grid[i]);
        if (!block[i] || block[i] > most_block[i]) return fail(CUDA_ERROR_INVALID_VALUE, "%s: block.%c is %u, not 1 to %u", name, 'x' + i, block[i], most_block[i]);
    }
    unsigned threads = block[0] * block[1] * block[2];
    if (threads > 1024) return fail(CUDA_ERROR_INVALID_VALUE, "%s: %u threads in a block, more than 1024", name, threads);
    if (f.entry.max_threads && threads > f.entry.max_threads) {
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: %u threads in a block, but __launch_bounds__ says %u", name, threads, f.entry.max_threads);
    }
    if (shared > f.dynamic_shared_limit) {
        return fail(CUDA_ERROR_INVALID_VALUE,
                    "%s: %zu bytes of dynamic shared memory, but %zu are allowed; raise it with cuFuncSetAttribute(MAX_DYNAMIC_SHARED_SIZE_BYTES)", name, shared,
                    f.dynamic_shared_limit);
    }
    size_t most_shared = (size_t)shared_opt_in();
    if (shared + f.entry.static_shared > most_shared) {
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: %zu dynamic and %zu static bytes of shared memory, the device has %zu", name, shared, f.entry.static_shared,
                    most_shared);
    }
    return CUDA_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        if (!value) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_function(handle, &f)) return bad;
        if (attribute != CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES) return fail(CUDA_ERROR_NOT_SUPPORTED, "attribute %d is not emulated", attribute);
        *value = (int)f->entry.static_shared;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        if (CUresult bad = find_function(handle, &f)) return bad;
        if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) return fail(CUDA_ERROR_NOT_SUPPORTED, "attribute %d is not emulated", attribute);
        size_t most = (size_t)shared_opt_in();
        if (value < 0 || (size_t)value + f->entry.static_shared > most) {
            return fail(CUDA_ERROR_INVALID_VALUE, "%s: %d dynamic and %zu static bytes of shared memory, the device has %zu", f->entry.name.c_str(), value,
                        f->entry.static_shared, most);
        }
        f->dynamic_shared_limit = (size_t)value;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuLaunchKernel(CUfunction handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                         CUstream stream_handle, void** parameters, void** extra) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_function(handle, &f)) return bad;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        const unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
        const char* name = f->entry.name.c_str();
        if (CUresult bad = check_sizes(*f, grid, block, shared)) return bad;
        if (extra) return fail(CUDA_ERROR_NOT_SUPPORTED, "%s: parameters packed in `extra` are not emulated", name);
        const std::vector<size_t>& bytes = f->entry.parameter_bytes;
        if (!parameters && !bytes.empty()) return fail(CUDA_ERROR_INVALID_VALUE, "%s: has %zu parameters, none are given", name, bytes.size());
        KernelWork work{f, {f->kernel, {gx, gy, gz}, {bx, by, bz}, shared, {}}};
        for (size_t i = 0; i < bytes.size(); i++) {
            auto from = (const unsigned char*)parameters[i];
            if (!from) return fail(CUDA_ERROR_INVALID_VALUE, "%s: the address of parameter %zu is null", name, i);
            work.launch.arguments.emplace_back(from, from + bytes[i]);
        }
        return submit(stream, std::move(work));
    });
}
