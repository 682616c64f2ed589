// Device and pinned host memory of the emulated driver.
//
// A device address is an ordinary address of this process, so that kernels compiled for the CPU can use it. What makes it behave like device memory
// is where it lies: every allocation has its own pages between two pages without access, is filled with a poison byte, and leaves pages without
// access behind when it is freed, so that a stray access faults at the instruction that makes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cuemu {

struct Allocation {
    uint64_t id;        // 1, 2, ... in the order of allocation; never reused
    uintptr_t begin;    // what the caller got; a multiple of 256
    size_t bytes;       // what the caller asked for
    bool freed;         // its pages are kept without access for a while, so that late accesses can be explained
    bool host;          // pinned host memory: the device may use it too
};

// The allocation whose pages or guard pages hold `address`, or nullptr. It takes no lock and allocates nothing: kernels run while the driver's lock is
// held, so the table stands still and the fault handler may call this.
const Allocation* find_allocation(uintptr_t address);

// The address range that all allocations lie in, reserved on first use: [begin, begin + bytes). For shadow memory that is indexed by address.
struct AddressRange {
    uintptr_t begin;
    size_t bytes;
};
AddressRange memory_range();

// Everything below is for the driver's entry points and needs the driver's lock.

// The new allocation, or nullptr when the limit (device memory) or the address space (both kinds) does not hold `bytes` more.
const Allocation* allocate(size_t bytes, bool host);

// Ends an allocation. Its canaries are checked first: what is returned is empty, or says that something wrote beside the allocation.
std::string release(const Allocation* allocation);

// The live allocation that holds all of [address, address + bytes), or nullptr with `why` set to a sentence.
const Allocation* holding(uintptr_t address, size_t bytes, std::string* why);

// Like find_allocation, but only live allocations and only their own bytes (or, for zero-byte questions, the address of their first byte).
const Allocation* live_at(uintptr_t address);

// "allocation 7 (400 bytes at 0x...), offset 400" or "no allocation".
std::string describe(uintptr_t address);

struct MemoryUse {
    size_t device_limit, device_bytes;
    size_t device_allocations, host_allocations;
};
MemoryUse memory_use();
void set_device_limit(size_t bytes);

// In the order of allocation.
std::vector<const Allocation*> live_allocations();

}  // namespace cuemu
