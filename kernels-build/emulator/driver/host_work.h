// How the stand-ins of cuBLAS and cuDNN put their work on the emulated device's streams: as functions of the host that run when a kernel would.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda_abi.h"

namespace cuemu {

// What a host function does to a range of memory.
enum RangeAccess : unsigned {
    RANGE_SCRATCH = 0,  // the contents are undefined before and after
    RANGE_READS = 1,
    RANGE_WRITES = 2,
    RANGE_GAPS = 4,     // not every byte, so nothing can be said about reads of what nothing wrote
};

// `rows` rows of `width` bytes, `pitch` bytes apart. `what` is a literal: the operand's name in messages.
struct Range {
    const char* what;
    uintptr_t begin;
    size_t pitch, width, rows;
    unsigned access;
};

}  // namespace cuemu

// Enqueues `run(copy of the arguments)` on the stream, or records it in the stream's capture. All ranges must lie in live allocations, now (outside a
// capture) and when the function runs: else the context has a sticky 700. What is written or scratch must not overlap another range: 1 (INVALID_VALUE).
// `multiplications`, each with an addition, are what the work computes; lists show them.
CUEMU_API cuemuEnqueueHost(const char* name, CUstream stream, void (*run)(const void* arguments), const void* arguments, size_t bytes,
                           const cuemu::Range* ranges, size_t count, size_t multiplications);

// A call that has to wait for the device, as creating a handle does.
CUEMU_API cuemuSynchronizeFor(const char* name);

// The status that a control has planned for this call of a library, 0 if it does not fail.
extern "C" __attribute__((visibility("default"))) int cuemuPlannedStatus(const char* name, int failed_kernel);

// The device's compute capability times ten, or 0 before cuInit.
extern "C" __attribute__((visibility("default"))) int cuemuCapability();

// Says on stderr, with CUEMU_VERBOSE=1, why a library refused a call.
extern "C" __attribute__((visibility("default"))) void cuemuExplain(const char* name, int status, const char* text);

// Reports to stderr and CUEMU_REPORT, always.
extern "C" __attribute__((visibility("default"))) void cuemuReport(const char* text);
