// cuLaunchKernel: everything that can be wrong with a launch is found before the kernel runs.
#include <cstring>

#include "graph.h"
#include "module.h"

namespace cuemu {

namespace {

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
    size_t most_shared = (size_t)device_attribute(97);
    if (shared + f.entry.static_shared > most_shared) {
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: %zu dynamic and %zu static bytes of shared memory, the device has %zu", name, shared, f.entry.static_shared,
                    most_shared);
    }
    return CUDA_SUCCESS;
}

// The packed buffer of the `extra` style: a list of option, value, ..., end.
CUresult packed(const Function& f, void** extra, const unsigned char** buffer, size_t* bytes) {
    *buffer = nullptr;
    *bytes = 0;
    for (int i = 0; extra[i] != CU_LAUNCH_PARAM_END; i += 2) {
        if (extra[i] == CU_LAUNCH_PARAM_BUFFER_POINTER) *buffer = (const unsigned char*)extra[i + 1];
        else if (extra[i] == CU_LAUNCH_PARAM_BUFFER_SIZE) *bytes = *(const size_t*)extra[i + 1];
        else return fail(CUDA_ERROR_INVALID_VALUE, "%s: extra option %p is not known", f.entry.name.c_str(), extra[i]);
    }
    // A real driver accepts padding behind the last parameter up to the buffer's alignment of 8.
    size_t most = (f.entry.parameter_bytes + 7) / 8 * 8;
    if ((f.entry.parameter_bytes && !*buffer) || *bytes < f.entry.parameter_bytes || *bytes > most) {
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: a parameter buffer of %zu bytes, but the kernel's parameters take %zu", f.entry.name.c_str(), *bytes,
                    f.entry.parameter_bytes);
    }
    return CUDA_SUCCESS;
}

}  // namespace

CUresult prepare_launch(const std::shared_ptr<Function>& function, const unsigned grid[3], const unsigned block[3], size_t shared, void** parameters,
                        void** extra, KernelWork* work) {
    const Function& f = *function;
    if (CUresult bad = check_sizes(f, grid, block, shared)) return bad;
    if (parameters && extra) return fail(CUDA_ERROR_INVALID_VALUE, "%s: both kernelParams and extra are given", f.entry.name.c_str());
    if (!parameters && !extra && !f.entry.parameters.empty()) {
        return fail(CUDA_ERROR_INVALID_VALUE, "%s: has %zu parameters, none are given", f.entry.name.c_str(), f.entry.parameters.size());
    }
    const unsigned char* buffer = nullptr;
    size_t bytes = 0;
    if (extra) {
        if (CUresult bad = packed(f, extra, &buffer, &bytes)) return bad;
    }
    work->function = function;
    work->launch.kernel = f.kernel;
    work->launch.grid = {grid[0], grid[1], grid[2]};
    work->launch.block = {block[0], block[1], block[2]};
    work->launch.dynamic_shared = shared;
    work->launch.arguments.clear();
    for (size_t i = 0; i < f.entry.parameters.size(); i++) {
        const PtxParameter& p = f.entry.parameters[i];
        const unsigned char* from = extra ? buffer + p.offset : (const unsigned char*)parameters[i];
        if (!from) return fail(CUDA_ERROR_INVALID_VALUE, "%s: the address of parameter %zu is null", f.entry.name.c_str(), i);
        work->launch.arguments.emplace_back(from, from + p.bytes);
    }
    return CUDA_SUCCESS;
}

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuLaunchKernel(CUfunction handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                         CUstream stream_handle, void** parameters, void** extra) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> function;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_function(handle, &function)) return bad;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        if (function->context != stream->context) return fail(CUDA_ERROR_INVALID_HANDLE, "the kernel and the stream belong to two contexts");
        const unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
        KernelWork work;
        if (CUresult bad = prepare_launch(function, grid, block, shared, parameters, extra, &work)) return bad;
        return submit(stream, std::move(work));
    });
}

CUEMU_API cuLaunchHostFunc(CUstream, CUhostFn, void*) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        return fail(CUDA_ERROR_NOT_SUPPORTED, "host functions are not emulated: they would run under the driver's lock, and a Java one in a held call");
    });
}
