// Runs kernels on the CPU: what the driver's entry points need of the engine.
//
// The driver calls everything here under its own lock, one call at a time. Kernels are the .cu sources compiled by g++ (include/cuda_emulation.h), one
// shared library for each source and build. The plain build is fast; the checked build is instrumented and sees every access to memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cuemu {

struct Allocation;  // driver/memory.h

struct Dim {
    unsigned x = 1, y = 1, z = 1;
};

// A kernel as the compiled source declares it. The driver compares it with the PTX it is given: a difference means that the libraries are stale.
struct Kernel {
    std::string name;
    unsigned max_threads;                 // of __launch_bounds__ (the PTX's .maxntid); 0 if the source says none
    std::vector<size_t> parameter_bytes;  // in the kernel's order
    void (*invoke)(const void* const* arguments);  // runs one thread's work; for the engine
    int library;                                   // for the engine
};

struct Launch {
    const Kernel* kernel;
    Dim grid, block;
    size_t dynamic_shared;                              // bytes
    std::vector<std::vector<unsigned char>> arguments;  // deep copies, in the kernel's order
};

enum FaultCode {
    ILLEGAL_ADDRESS = 700,
    MISALIGNED_ADDRESS = 716,
    LAUNCH_FAILED = 719  // races, divergent barriers, deadlocks, reads of what nothing wrote, arithmetic that C++ leaves undefined
};

struct Fault {
    int code;          // a FaultCode, which is the CUresult
    std::string text;  // one line for each finding, ready for stderr
};

// The kernel of that name in the build that `settings().checked` chooses, or nullptr. Opens the libraries on first use: every *.so of `kernels/` or
// `kernels_checked/` in $CUEMU_KERNELS_DIR, by default the folder that holds libcuda.so.1 itself. The pointer stays valid for ever, and `run` uses the
// twin of the build that is chosen when it runs.
const Kernel* find_kernel(const std::string& name);

// Why find_kernel found nothing: which folder it looked in and how many kernels it has.
std::string kernel_libraries();

// Runs a whole grid and returns when it is done. The launch must be valid: sizes above zero and below the kernel's limits, arguments of the kernel's sizes.
std::optional<Fault> run(const Launch& launch);

struct Settings {
    uint64_t schedule = 0;  // of threads and blocks: 0 ascending, 1 descending, from 2 on a random one for each number. Always depth-first by warp.
    bool checked = false;   // run the instrumented build
};
Settings& settings();

constexpr int POISON = 0xFF;  // byte that fills new memory, and shared memory before a block starts: a NaN

// Of global memory. "Unique" counts each byte once for each launch.
struct Counters {
    uint64_t launches;
    uint64_t unique_loaded_bytes, unique_stored_bytes;   // by launches of the checked build
    uint64_t library_bytes, copied_bytes, filled_bytes;  // by what is no kernel; the driver counts them, in both builds
};
Counters& counters();  // since they were last set to zero by whoever wants to

// What the checked build knows of global memory. The driver reports every allocation, whatever the settings say: the build may change at any time.
void on_allocate(const Allocation& allocation);
void on_free(const Allocation& allocation);
// The host, a copy or a memset wrote these bytes: kernels may read them.
void on_host_write(uintptr_t address, size_t bytes);
// A copy inside device memory: the destination is as initialised as the source.
void on_device_copy(uintptr_t destination, uintptr_t source, size_t bytes);
// False if a checked kernel should have written these bytes and none did. True whenever the engine does not know.
bool host_read_is_initialised(uintptr_t address, size_t bytes);

}  // namespace cuemu
