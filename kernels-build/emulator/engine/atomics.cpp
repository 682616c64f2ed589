// Atomic operations on global and shared memory. Threads are fibers of one OS thread, so nothing comes between a load and its store.
#include "../include/cuemu/abi.h"
#include "block.h"
#include "shadow.h"

namespace cuemu {
namespace {

template <class T>
T add(T* address, T value, uintptr_t pc) {
    if (this_worker()->checked) {
        check_atomic(reinterpret_cast<uintptr_t>(address), sizeof(T), pc);
    }
    const T old = *address;
    *address = old + value;
    return old;
}

#define CALLER reinterpret_cast<uintptr_t>(__builtin_return_address(0))

}  // namespace

int32_t atomic_add(int32_t* address, int32_t value) {
    return static_cast<int32_t>(add(reinterpret_cast<uint32_t*>(address), static_cast<uint32_t>(value), CALLER));  // wraps
}
float atomic_add(float* address, float value) { return add(address, value, CALLER); }

}  // namespace cuemu
