// Atomic operations on global and shared memory.
#include "../include/cuemu/abi.h"
#include "block.h"
#include "shadow.h"

#include <cstring>

namespace cuemu {
namespace {

#define CALLER reinterpret_cast<uintptr_t>(__builtin_return_address(0))

template <class T>
T combine(AtomicOp op, T old, T value) {
    switch (op) {
        case AtomicOp::Add: return static_cast<T>(static_cast<std::make_unsigned_t<T>>(old) + static_cast<std::make_unsigned_t<T>>(value));
        case AtomicOp::Min: return value < old ? value : old;
        case AtomicOp::Max: return value > old ? value : old;
        case AtomicOp::Exchange: return value;
        case AtomicOp::And: return old & value;
        case AtomicOp::Or: return old | value;
        case AtomicOp::Xor: return old ^ value;
        case AtomicOp::Increment: return old >= value ? 0 : old + 1;
        case AtomicOp::Decrement: return old == 0 || old > value ? value : old - 1;
    }
    return old;
}

void check(void* address, unsigned bytes, uintptr_t pc) {
    if (this_worker()->checked) {
        check_atomic(reinterpret_cast<uintptr_t>(address), bytes, pc);
    }
}

// Blocks may run on several OS threads, so these are atomic for the machine too.
template <class T>
T update(AtomicOp op, T* address, T value) {
    T old = __atomic_load_n(address, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(address, &old, combine(op, old, value), true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
    }
    return old;
}

}  // namespace

uint32_t atomic_u32(AtomicOp op, uint32_t* address, uint32_t value) {
    check(address, 4, CALLER);
    return update(op, address, value);
}
int32_t atomic_i32(AtomicOp op, int32_t* address, int32_t value) {
    check(address, 4, CALLER);
    return update(op, address, value);
}
uint64_t atomic_u64(AtomicOp op, uint64_t* address, uint64_t value) {
    check(address, 8, CALLER);
    return update(op, address, value);
}
float atomic_f32_add(float* address, float value) {
    check(address, 4, CALLER);
    uint32_t* bits = reinterpret_cast<uint32_t*>(address);
    uint32_t old = __atomic_load_n(bits, __ATOMIC_RELAXED);
    for (;;) {
        float sum;
        memcpy(&sum, &old, 4);
        const float before = sum;
        sum += value;
        uint32_t desired;
        memcpy(&desired, &sum, 4);
        if (__atomic_compare_exchange_n(bits, &old, desired, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
            return before;
        }
    }
}
uint32_t atomic_u32_compare_and_swap(uint32_t* address, uint32_t expected, uint32_t desired) {
    check(address, 4, CALLER);
    __atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}
uint64_t atomic_u64_compare_and_swap(uint64_t* address, uint64_t expected, uint64_t desired) {
    check(address, 8, CALLER);
    __atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

}  // namespace cuemu
