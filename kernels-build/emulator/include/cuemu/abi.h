// What a compiled kernel and the engine (libcuda.so.1) know of each other.
#pragma once

#include <cstddef>
#include <cstdint>

#define CUEMU_EXPORT __attribute__((visibility("default")))

namespace cuemu {

struct Index3 {
    unsigned x, y, z;
};

struct BlockView {
    Index3 grid_dim, block_dim, block_index;
    void* dynamic_shared;
};

// Every thread of a block is a fiber on its own 64 KiB stack, which starts at a multiple of 64 KiB. What the thread knows of itself lies in the last
// 256 bytes of the stack, so that the stack pointer is enough to find it: no thread-local lookup for threadIdx.
constexpr uintptr_t STACK_BYTES = 65536;
constexpr uintptr_t THREAD_BYTES = 256;

struct ThreadView {
    Index3 thread_index;
    unsigned lane;
    const BlockView* block;
};

inline const ThreadView& this_thread() {
    uintptr_t sp;
    asm("mov %%rsp, %0" : "=r"(sp));  // not volatile: the slot is the same wherever a thread asks
    return *reinterpret_cast<const ThreadView*>((sp | (STACK_BYTES - 1)) + 1 - THREAD_BYTES);
}

// Waits for the block.
CUEMU_EXPORT void barrier(int line, const char* file);

enum class WarpOp : int { Sync, Exchange, Ballot, Sum, Max };
// Waits for the lanes of `mask` that have not exited. Exchange: the value that lane `source` brought, all bits set if that lane does not take part.
// Ballot: the lanes whose value is not 0. Sum and Max, of floats: in the order of a butterfly over 16, 8, 4, 2, 1, and only with all 32 lanes.
CUEMU_EXPORT uint64_t warp_collective(WarpOp op, unsigned mask, uint64_t value, int source, int line);

CUEMU_EXPORT int32_t atomic_add(int32_t* address, int32_t value);
CUEMU_EXPORT float atomic_add(float* address, float value);

// Which way the functions of hardware_rounding.h err: upwards where (hash of argument and seed & hashed | upwards) is odd.
struct ErrorSigns {
    uint32_t seed, hashed, upwards;
};
CUEMU_EXPORT ErrorSigns error_signs();  // as CUEMU_ROUNDING says

// Called by each kernel library as it is loaded.
CUEMU_EXPORT void register_kernel(const char* name, unsigned max_threads, const size_t* parameter_bytes, size_t parameters,
                                  void (*invoke)(const void* const* arguments));

}  // namespace cuemu
