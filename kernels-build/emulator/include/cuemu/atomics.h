// Atomic operations: calls into the engine, which knows them as atomic when it looks for races.
#pragma once

#include "abi.h"

#define CUEMU_ATOMIC(name, op)                                                                                                              \
    inline int atomic##name(int* address, int value) { return cuemu::atomic_i32(cuemu::AtomicOp::op, address, value); }                     \
    inline unsigned atomic##name(unsigned* address, unsigned value) { return cuemu::atomic_u32(cuemu::AtomicOp::op, address, value); }      \
    inline unsigned long long atomic##name(unsigned long long* address, unsigned long long value) {                                        \
        return cuemu::atomic_u64(cuemu::AtomicOp::op, reinterpret_cast<uint64_t*>(address), value);                                         \
    }
CUEMU_ATOMIC(Add, Add)
CUEMU_ATOMIC(Min, Min)
CUEMU_ATOMIC(Max, Max)
CUEMU_ATOMIC(Exch, Exchange)
CUEMU_ATOMIC(And, And)
CUEMU_ATOMIC(Or, Or)
CUEMU_ATOMIC(Xor, Xor)
#undef CUEMU_ATOMIC

inline float atomicAdd(float* address, float value) { return cuemu::atomic_f32_add(address, value); }
inline float atomicExch(float* address, float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    bits = cuemu::atomic_u32(cuemu::AtomicOp::Exchange, reinterpret_cast<uint32_t*>(address), bits);
    memcpy(&value, &bits, 4);
    return value;
}
inline int atomicSub(int* address, int value) { return atomicAdd(address, static_cast<int>(0u - static_cast<unsigned>(value))); }
inline unsigned atomicSub(unsigned* address, unsigned value) { return atomicAdd(address, 0u - value); }
inline unsigned atomicInc(unsigned* address, unsigned limit) { return cuemu::atomic_u32(cuemu::AtomicOp::Increment, address, limit); }
inline unsigned atomicDec(unsigned* address, unsigned limit) { return cuemu::atomic_u32(cuemu::AtomicOp::Decrement, address, limit); }
inline unsigned atomicCAS(unsigned* address, unsigned expected, unsigned desired) {
    return cuemu::atomic_u32_compare_and_swap(address, expected, desired);
}
inline int atomicCAS(int* address, int expected, int desired) {
    return static_cast<int>(cuemu::atomic_u32_compare_and_swap(reinterpret_cast<uint32_t*>(address), static_cast<uint32_t>(expected),
                                                               static_cast<uint32_t>(desired)));
}
inline unsigned long long atomicCAS(unsigned long long* address, unsigned long long expected, unsigned long long desired) {
    return cuemu::atomic_u64_compare_and_swap(reinterpret_cast<uint64_t*>(address), expected, desired);
}
