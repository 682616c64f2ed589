// What the environment says about the emulated device; read once, when the library is first called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../include/cuemu/abi.h"

namespace cuemu {

// One entry of CUEMU_FAIL="NAME:n:code[:sticky],...": the n-th call (from 1) of entry point NAME, with or without its _v2, returns code instead of doing
// its work; for cuInit every call does.
struct PlannedFailure {
    std::string name;
    unsigned long call;
    int code;
    bool sticky;
};

struct Config {
    int devices;                   // CUEMU_DEVICES, 0 or 1, default 1
    int major, minor;              // CUEMU_COMPUTE_CAPABILITY, "80" (default), "75", "90", "120"
    size_t memory_bytes;           // CUEMU_MEMORY_MB, default 2048
    int driver_version;            // CUEMU_DRIVER_VERSION, default 12080
    bool verbose;                  // CUEMU_VERBOSE=1: each refused call explains itself on stderr
    std::string report;            // CUEMU_REPORT: file that faults and leaks are appended to
    unsigned lazy_seed;            // CUEMU_LAZY, default 0 (eager)
    uint64_t schedule;             // CUEMU_SCHEDULE, default 0: order of threads and blocks (engine.h)
    bool checked;                  // CUEMU_CHECKED=1: run the instrumented kernels
    ErrorSigns error_signs;        // CUEMU_ROUNDING, up, down or the seed of a hash, default 0: used only by kernels that round like hardware
    std::vector<PlannedFailure> failures;
};

const Config& config();

// The highest PTX version (major * 10 + minor) that a driver of `driver_version` knows.
int newest_ptx(int driver_version);

}  // namespace cuemu
