// The one device: what it says about itself. The figures are those of a small data-centre GPU, so that code which plans by them takes its usual paths.
#include <cstring>

#include "memory.h"
#include "state.h"

namespace cuemu {

namespace {

constexpr char NAME[] = "mamba-pkd emulated GPU (no hardware)";

}  // namespace

int shared_opt_in() {
    switch (config().major * 10 + config().minor) {
        case 70: return 98304;
        case 75: return 65536;
        case 80: case 87: return 166912;
        case 86: case 89: case 120: case 121: return 101376;
        default: return config().major >= 9 ? 232448 : 49152;
    }
}

CUresult check_device(CUdevice device) {
    return device == 0 ? CUDA_SUCCESS : fail(CUDA_ERROR_INVALID_DEVICE, "device %d of 1", device);
}

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuInit(unsigned flags) {
    return entry(__func__, ANYTIME, [&]() -> CUresult {
        for (const PlannedFailure& f : config().failures) {
            if (f.name == "cuInit") return fail(f.code, "this failure was planned by CUEMU_FAIL");
        }
        if (flags) return fail(CUDA_ERROR_INVALID_VALUE, "flags must be 0, not %u", flags);
        if (config().devices == 0) return fail(CUDA_ERROR_NO_DEVICE, "CUEMU_DEVICES=0");
        driver().initialised = true;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDriverGetVersion(int* version) {
    return entry(__func__, ANYTIME, [&]() -> CUresult {
        if (!version) return CUDA_ERROR_INVALID_VALUE;
        *version = config().driver_version;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceGetCount(int* count) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!count) return CUDA_ERROR_INVALID_VALUE;
        *count = config().devices;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceGet(CUdevice* device, int ordinal) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!device) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = check_device(ordinal)) return bad;
        *device = ordinal;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceGetName(char* name, int length, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        if (!name || length < 1) return CUDA_ERROR_INVALID_VALUE;
        strncpy(name, NAME, (size_t)length - 1);
        name[length - 1] = 0;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        if (!bytes) return CUDA_ERROR_INVALID_VALUE;
        *bytes = memory_use().device_limit;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceGetAttribute(int* value, int id, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        if (!value) return CUDA_ERROR_INVALID_VALUE;
        switch (id) {
            case 13: *value = 1410000; return CUDA_SUCCESS;    // clock, kHz
            case 16: *value = 4; return CUDA_SUCCESS;          // multiprocessors
            case 20: *value = 0; return CUDA_SUCCESS;          // compute mode: any number of processes
            case 38: *value = 4 << 20; return CUDA_SUCCESS;    // L2 cache, bytes
            case 75: *value = config().major; return CUDA_SUCCESS;
            case 76: *value = config().minor; return CUDA_SUCCESS;
            case 97: *value = shared_opt_in(); return CUDA_SUCCESS;
            default: return fail(CUDA_ERROR_NOT_SUPPORTED, "attribute %d is not emulated", id);
        }
    });
}
