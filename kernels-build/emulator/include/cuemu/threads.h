// Indices, barriers and warp collectives.
#pragma once

#include "abi.h"
#include "types.h"

#define threadIdx (cuemu::load(&cuemu::this_thread().thread_index))
#define blockIdx (cuemu::load(&cuemu::this_block()->block_index))
#define blockDim (cuemu::load(&cuemu::this_block()->block_dim))
#define gridDim (cuemu::load(&cuemu::this_block()->grid_dim))

namespace cuemu {

// Loads in assembly are not instrumented, and as the compiler sees no memory in them it need not repeat them after a barrier: these never change.
inline Index3 load(const Index3* from) {
    Index3 to;
    asm("movl (%3), %0\n\tmovl 4(%3), %1\n\tmovl 8(%3), %2" : "=&r"(to.x), "=&r"(to.y), "=&r"(to.z) : "r"(from));
    return to;
}
template <class T>
inline T load(T const* from) {
    T to;
    asm("mov (%1), %0" : "=r"(to) : "r"(from));
    return to;
}

inline const BlockView* this_block() { return load(&this_thread().block); }
inline int lane() { return static_cast<int>(load(&this_thread().lane)); }
// Of the processor that plays the device.
inline long long cycle_counter() { return static_cast<long long>(__builtin_ia32_rdtsc()); }
inline void* dynamic_shared() { return load(&this_block()->dynamic_shared); }

inline float warp_reduce(WarpOp op, float value, int line) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    bits = static_cast<uint32_t>(warp_collective(op, 0xffffffffu, bits, 0, line));
    memcpy(&value, &bits, 4);
    return value;
}
inline float warp_sum(float value, int line = __builtin_LINE()) { return warp_reduce(WarpOp::Sum, value, line); }
inline float warp_max(float value, int line = __builtin_LINE()) { return warp_reduce(WarpOp::Max, value, line); }

template <class T>
inline T exchange(unsigned mask, T value, int source, int line) {
    static_assert(sizeof(T) <= 8 && std::is_trivially_copyable<T>::value, "shuffles move up to 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(T));
    bits = warp_collective(WarpOp::Exchange, mask, bits, source, line);
    memcpy(&value, &bits, sizeof(T));
    return value;
}

}  // namespace cuemu

// The line is part of the barrier: threads that wait at different ones have diverged.
inline void __syncthreads(int line = __builtin_LINE(), const char* file = __builtin_FILE()) { cuemu::barrier(line, file); }

inline void __syncwarp(unsigned mask = 0xffffffffu, int line = __builtin_LINE()) {
    cuemu::warp_collective(cuemu::WarpOp::Sync, mask, 0, 0, line);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, int line = __builtin_LINE()) {
    return static_cast<unsigned>(cuemu::warp_collective(cuemu::WarpOp::Ballot, mask, predicate != 0, 0, line));
}
inline int __any_sync(unsigned mask, int predicate, int line = __builtin_LINE()) { return __ballot_sync(mask, predicate, line) != 0; }
inline int __all_sync(unsigned mask, int predicate, int line = __builtin_LINE()) { return __ballot_sync(mask, !predicate, line) == 0; }

// Sources as in the PTX ISA, shfl.sync: a source outside the segment of `width` lanes means the lane itself.
template <class T>
inline T __shfl_sync(unsigned mask, T value, int source, int width = 32, int line = __builtin_LINE()) {
    const int lane = cuemu::lane();
    return cuemu::exchange(mask, value, (lane & ~(width - 1)) | (source & (width - 1)), line);
}
template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32, int line = __builtin_LINE()) {
    const int lane = cuemu::lane();
    const int source = lane - static_cast<int>(distance);
    return cuemu::exchange(mask, value, source < (lane & ~(width - 1)) ? lane : source, line);
}
template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32, int line = __builtin_LINE()) {
    const int lane = cuemu::lane();
    const int source = lane + static_cast<int>(distance);
    return cuemu::exchange(mask, value, source > (lane | (width - 1)) ? lane : source, line);
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32, int line = __builtin_LINE()) {
    const int lane = cuemu::lane();
    const int source = lane ^ bits;
    return cuemu::exchange(mask, value, source > (lane | (width - 1)) ? lane : source, line);
}
