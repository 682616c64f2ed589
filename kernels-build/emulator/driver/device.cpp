// The one device: what it says about itself. The figures are those of a small data-centre GPU, so that code which plans by them takes its usual paths.
#include <cstring>

#include "memory.h"
#include "state.h"

namespace cuemu {

namespace {

constexpr char NAME[] = "mamba-pkd emulated GPU (no hardware)";
constexpr char PCI_BUS_ID[] = "0000:00:00.0";

CUresult check_device(CUdevice device) {
    if (device == 0 && config().devices > 0) return CUDA_SUCCESS;
    return fail(CUDA_ERROR_INVALID_DEVICE, "device %d of %d", device, config().devices);
}

// Shared memory per block that cuFuncSetAttribute can ask for, by compute capability (CUDA C programming guide, table of technical specifications).
int shared_opt_in() {
    switch (config().major * 10 + config().minor) {
        case 70: return 98304;
        case 75: return 65536;
        case 80: case 87: return 166912;
        case 86: case 89: case 120: case 121: return 101376;
        default: return config().major >= 9 ? 232448 : 49152;
    }
}

int shared_per_multiprocessor() { return shared_opt_in() == 49152 ? 98304 : config().major * 10 + config().minor == 75 ? 65536 : shared_opt_in() + 1024; }

int threads_per_multiprocessor() {
    switch (config().major * 10 + config().minor) {
        case 75: return 1024;
        case 86: case 87: case 89: case 120: case 121: return 1536;
        default: return 2048;
    }
}

bool attribute(int id, int* value) {
    switch (id) {
        case 1: *value = 1024; return true;                          // max threads per block
        case 2: case 3: *value = 1024; return true;                  // max block x, y
        case 4: *value = 64; return true;                            // max block z
        case 5: *value = 2147483647; return true;                    // max grid x
        case 6: case 7: *value = 65535; return true;                 // max grid y, z
        case 8: *value = 49152; return true;                         // shared memory per block
        case 9: *value = 65536; return true;                         // constant memory
        case 10: *value = 32; return true;                           // warp size
        case 11: *value = 2147483647; return true;                   // max pitch
        case 12: case 82: *value = 65536; return true;               // registers per block, per multiprocessor
        case 13: *value = 1410000; return true;                      // clock, kHz
        case 14: *value = 512; return true;                          // texture alignment
        case 15: case 19: case 31: case 41: case 78: case 79: case 80: case 90: case 91: case 95: case 99: case 102: case 115:
            *value = 1; return true;                                 // overlap, mapped host memory, concurrent kernels, unified addresses, priorities, ...
        case 16: *value = 4; return true;                            // multiprocessors
        case 36: *value = 1215000; return true;                      // memory clock, kHz
        case 37: *value = 5120; return true;                         // memory bus, bits
        case 38: *value = 4 << 20; return true;                      // L2 cache
        case 39: *value = threads_per_multiprocessor(); return true;
        case 40: *value = 2; return true;                            // copy engines
        case 51: *value = 32; return true;                           // texture pitch alignment
        case 75: *value = config().major; return true;
        case 76: *value = config().minor; return true;
        case 81: *value = shared_per_multiprocessor(); return true;
        case 87: *value = 2; return true;                            // single to double precision ratio
        case 97: *value = shared_opt_in(); return true;
        case 106: *value = threads_per_multiprocessor() / 64; return true;  // max blocks per multiprocessor
        case 111: *value = 1024; return true;                        // shared memory that the system keeps per block
        case 120: *value = 0; return true;                           // clusters: not emulated
        default: break;
    }
    if (id < 1 || id > 144) return false;
    *value = 0;
    return true;
}

}  // namespace

int device_attribute(int id) {
    int value = 0;
    attribute(id, &value);
    return value;
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

CUEMU_API cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        if (!uuid) return CUDA_ERROR_INVALID_VALUE;
        memcpy(uuid->bytes, "emulated device\0", 16);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceGetPCIBusId(char* id, int length, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        if (!id || length < (int)sizeof PCI_BUS_ID) return CUDA_ERROR_INVALID_VALUE;
        memcpy(id, PCI_BUS_ID, sizeof PCI_BUS_ID);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceGetByPCIBusId(CUdevice* device, const char* id) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!device || !id || strcmp(id, PCI_BUS_ID)) return CUDA_ERROR_INVALID_VALUE;
        *device = 0;
        return check_device(0);
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
        if (!value || !attribute(id, value)) return fail(CUDA_ERROR_INVALID_VALUE, "attribute %d is not known", id);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        if (!major || !minor) return CUDA_ERROR_INVALID_VALUE;
        *major = config().major;
        *minor = config().minor;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (CUresult bad = check_device(device)) return bad;
        if (CUresult bad = check_device(peer)) return bad;
        if (!can) return CUDA_ERROR_INVALID_VALUE;
        *can = 0;
        return CUDA_SUCCESS;
    });
}
