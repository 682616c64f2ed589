// Attributes of kernels, and what occupancy they would reach on the device that is imitated.
#include <algorithm>

#include "module.h"

namespace cuemu {

CUresult find_function(CUfunction handle, std::shared_ptr<Function>* function) {
    *function = driver().functions.find(handle);
    if (!*function) return fail(CUDA_ERROR_INVALID_HANDLE, "%p is no kernel of a loaded module; was the module unloaded?", (void*)handle);
    return CUDA_SUCCESS;
}

namespace {

int most_threads(const Function& f) {
    return f.entry.max_threads ? (int)std::min(f.entry.max_threads, 1024u) : 1024;
}

// How many blocks of `threads` threads and `shared` dynamic bytes fit on a multiprocessor. Registers are not known here and not counted.
int resident_blocks(const Function& f, int threads, size_t shared) {
    if (threads < 1 || threads > most_threads(f)) return 0;
    if (shared > f.dynamic_shared_limit) return 0;
    size_t warps = (size_t)(threads + 31) / 32;
    size_t by_threads = (size_t)device_attribute(39) / (warps * 32);
    size_t per_block = f.entry.static_shared + shared + (size_t)device_attribute(111);
    size_t by_shared = (size_t)device_attribute(81) / per_block;
    return (int)std::min({by_threads, by_shared, (size_t)device_attribute(106)});
}

CUresult count_blocks(int* blocks, CUfunction handle, int threads, size_t shared, unsigned flags) {
    std::shared_ptr<Function> f;
    if (!blocks || threads < 1 || flags > 1) return fail(CUDA_ERROR_INVALID_VALUE, "%d threads, flags %u", threads, flags);
    if (CUresult bad = find_function(handle, &f)) return bad;
    *blocks = resident_blocks(*f, threads, shared);
    return CUDA_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuFuncGetModule(CUmodule* module, CUfunction handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        if (!module) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_function(handle, &f)) return bad;
        *module = (CUmodule)f->module.lock()->handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        if (!value) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_function(handle, &f)) return bad;
        switch (attribute) {
            case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = most_threads(*f); return CUDA_SUCCESS;
            case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: *value = (int)f->entry.static_shared; return CUDA_SUCCESS;
            case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES: case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES: *value = 0; return CUDA_SUCCESS;
            case CU_FUNC_ATTRIBUTE_NUM_REGS: *value = 32; return CUDA_SUCCESS;  // ptxas would know; ask budgets.tsv instead
            case CU_FUNC_ATTRIBUTE_PTX_VERSION: *value = f->ptx_version; return CUDA_SUCCESS;
            case CU_FUNC_ATTRIBUTE_BINARY_VERSION: *value = config().major * 10 + config().minor; return CUDA_SUCCESS;
            case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA: *value = 0; return CUDA_SUCCESS;
            case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: *value = (int)f->dynamic_shared_limit; return CUDA_SUCCESS;
            case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT: *value = f->carveout; return CUDA_SUCCESS;
            default: return fail(CUDA_ERROR_INVALID_VALUE, "attribute %d is not known", attribute);
        }
    });
}

CUEMU_API cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        if (CUresult bad = find_function(handle, &f)) return bad;
        if (attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) {
            size_t most = (size_t)device_attribute(97);
            if (value < 0 || (size_t)value + f->entry.static_shared > most) {
                return fail(CUDA_ERROR_INVALID_VALUE, "%s: %d dynamic and %zu static bytes of shared memory, the device has %zu", f->entry.name.c_str(), value,
                            f->entry.static_shared, most);
            }
            f->dynamic_shared_limit = (size_t)value;
            return CUDA_SUCCESS;
        }
        if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT) {
            if (value < -1 || value > 100) return fail(CUDA_ERROR_INVALID_VALUE, "a carveout is -1 or a percentage, not %d", value);
            f->carveout = value;
            return CUDA_SUCCESS;
        }
        return fail(CUDA_ERROR_INVALID_VALUE, "attribute %d cannot be set", attribute);
    });
}

CUEMU_API cuFuncSetCacheConfig(CUfunction handle, int config) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        if (CUresult bad = find_function(handle, &f)) return bad;
        if (config < 0 || config > 3) return fail(CUDA_ERROR_INVALID_VALUE, "cache configuration %d", config);
        f->cache_config = config;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads, size_t shared) {
    return entry(__func__, CURRENT, [&]() -> CUresult { return count_blocks(blocks, function, threads, shared, 0); });
}

CUEMU_API cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction function, int threads, size_t shared, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult { return count_blocks(blocks, function, threads, shared, flags); });
}

CUEMU_API cuOccupancyMaxPotentialBlockSize(int* grid, int* block, CUfunction handle, CUoccupancyB2DSize shared_of, size_t shared, int limit) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        if (!grid || !block) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_function(handle, &f)) return bad;
        int most = most_threads(*f), best = 0;
        if (limit > 0 && limit < most) most = limit;
        for (int threads = most / 32 * 32; threads >= 32; threads -= 32) {
            int resident = resident_blocks(*f, threads, shared_of ? shared_of(threads) : shared);
            if (resident * threads <= best) continue;
            best = resident * threads;
            *block = threads;
            *grid = resident * device_attribute(16);
        }
        return best ? CUDA_SUCCESS : fail(CUDA_ERROR_INVALID_VALUE, "%s: no block size fits", f->entry.name.c_str());
    });
}

CUEMU_API cuOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, CUfunction handle, int blocks, int threads) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Function> f;
        if (!bytes || blocks < 1 || threads < 1) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_function(handle, &f)) return bad;
        size_t share = (size_t)device_attribute(81) / (size_t)blocks;
        size_t taken = f->entry.static_shared + (size_t)device_attribute(111);
        *bytes = share > taken ? std::min(share - taken, f->dynamic_shared_limit) : 0;
        return CUDA_SUCCESS;
    });
}
