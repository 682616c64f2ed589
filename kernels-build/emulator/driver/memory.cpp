#include "memory.h"

#include <sys/mman.h>

#include <cstring>
#include <deque>
#include <map>

#include "../engine/engine.h"
#include "config.h"
#include "state.h"

namespace cuemu {

namespace {

constexpr size_t PAGE = 4096;
constexpr size_t ALIGNMENT = 256;                      // what cuMemAlloc promises
constexpr size_t RESERVED = (size_t)1 << 38;           // address space, not memory
constexpr size_t KEPT_FREED_BYTES = (size_t)1 << 34;   // address space of freed blocks that stays out of use
constexpr size_t KEPT_FREED_BLOCKS = 8192;             // each costs up to two kernel mappings, of which a process has 65530
constexpr unsigned char CANARY = 0xFB;                 // as floats: -2.6e36, seen when a kernel reads it

// Pages [first, first + pages) without access, `data` inside; the page before and the page behind are never given access.
struct Block {
    Allocation allocation;
    uintptr_t first;
    size_t data_bytes;   // whole pages between the guards
};

struct Table {
    AddressRange range{0, 0};
    uintptr_t unused = 0;                                      // the part of the range never used begins here
    std::map<uintptr_t, Block> blocks;                         // by first guard page; live and kept ones
    std::deque<uintptr_t> kept;                                // freed, oldest first
    size_t kept_bytes = 0;
    std::multimap<size_t, uintptr_t> holes;                    // size with guards -> first guard page, to be used again
    uint64_t next_id = 1;
    MemoryUse use{};
};

Table& table() {
    static Table* only = [] {
        Table* t = new Table;
        t->use.device_limit = config().memory_bytes;
        void* base = mmap(nullptr, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base != MAP_FAILED) {
            t->range = {(uintptr_t)base, RESERVED};
            t->unused = t->range.begin;
        }
        return t;
    }();
    return *only;
}

const Block* block_at(uintptr_t address) {
    const Table& t = table();
    if (address < t.range.begin || address >= t.range.begin + t.range.bytes) return nullptr;
    auto after = t.blocks.upper_bound(address);
    if (after == t.blocks.begin()) return nullptr;
    const Block& block = std::prev(after)->second;
    return address < block.first + block.data_bytes + 2 * PAGE ? &block : nullptr;
}

// Address space for `bytes` (guards included): a hole of exactly this size, else new space. Holes are not split: sizes repeat in tests.
uintptr_t take_space(size_t bytes) {
    Table& t = table();
    auto hole = t.holes.find(bytes);
    if (hole != t.holes.end()) {
        uintptr_t first = hole->second;
        t.holes.erase(hole);
        return first;
    }
    if (!t.range.bytes || bytes > t.range.begin + t.range.bytes - t.unused) return 0;
    uintptr_t first = t.unused;
    t.unused += bytes;
    return first;
}

void forget_oldest_freed() {
    Table& t = table();
    uintptr_t first = t.kept.front();
    t.kept.pop_front();
    auto found = t.blocks.find(first);
    size_t bytes = found->second.data_bytes + 2 * PAGE;
    t.kept_bytes -= bytes;
    t.blocks.erase(found);
    t.holes.emplace(bytes, first);
}

// The first byte in [from, to) that is not the canary, or 0.
uintptr_t broken_canary(uintptr_t from, uintptr_t to) {
    for (uintptr_t i = from; i < to; i++) {
        if (*(const unsigned char*)i != CANARY) return i;
    }
    return 0;
}

}  // namespace

const Allocation* find_allocation(uintptr_t address) {
    const Block* block = block_at(address);
    return block ? &block->allocation : nullptr;
}

AddressRange memory_range() { return table().range; }

const Allocation* allocate(size_t bytes, bool host) {
    Table& t = table();
    if (bytes > RESERVED || (!host && bytes > t.use.device_limit - t.use.device_bytes)) return nullptr;
    size_t span = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t data = (span + PAGE - 1) / PAGE * PAGE;
    uintptr_t first = take_space(data + 2 * PAGE);
    if (!first) return nullptr;
    uintptr_t pages = first + PAGE;
    if (mprotect((void*)pages, data, PROT_READ | PROT_WRITE)) {
        t.holes.emplace(data + 2 * PAGE, first);
        return nullptr;
    }
    Block block{};
    block.first = first;
    block.data_bytes = data;
    block.allocation.id = t.next_id++;
    block.allocation.begin = pages + data - span;  // the byte behind it is on the guard page, or within 255 bytes of it
    block.allocation.bytes = bytes;
    block.allocation.host = host;
    uintptr_t begin = block.allocation.begin;
    memset((void*)pages, CANARY, begin - pages);
    // What runs nothing needs no contents, and pages that nobody touches take no memory.
    if (driver().listing.mode != Listing::INSTEAD) memset((void*)begin, POISON, bytes);
    memset((void*)(begin + bytes), CANARY, pages + data - begin - bytes);
    Allocation& kept = t.blocks.emplace(first, block).first->second.allocation;
    if (!host) t.use.device_bytes += bytes;
    (host ? t.use.host_allocations : t.use.device_allocations)++;
    on_allocate(kept);
    if (host) on_host_write(begin, bytes);  // the CPU writes it unseen, so nothing in it can be called uninitialised
    return &kept;
}

std::string release(const Allocation* allocation) {
    Table& t = table();
    Block& block = t.blocks.at(block_at(allocation->begin)->first);
    Allocation& own = block.allocation;
    uintptr_t pages = block.first + PAGE;
    std::string damage;
    uintptr_t broken = broken_canary(pages, own.begin);
    if (!broken) broken = broken_canary(own.begin + own.bytes, pages + block.data_bytes);
    if (broken) damage = text_of("something wrote beside an allocation: %s", describe(broken).c_str());
    on_free(own);
    own.freed = true;
    if (!own.host) t.use.device_bytes -= own.bytes;
    (own.host ? t.use.host_allocations : t.use.device_allocations)--;
    // Fresh pages over the old ones: the memory goes back to the system, and any later access faults.
    mmap((void*)pages, block.data_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    t.kept.push_back(block.first);
    t.kept_bytes += block.data_bytes + 2 * PAGE;
    while (t.kept_bytes > KEPT_FREED_BYTES || t.kept.size() > KEPT_FREED_BLOCKS) forget_oldest_freed();
    return damage;
}

const Allocation* live_at(uintptr_t address) {
    const Allocation* a = find_allocation(address);
    return a && !a->freed && address >= a->begin && (address < a->begin + a->bytes || address == a->begin) ? a : nullptr;
}

const Allocation* holding(uintptr_t address, size_t bytes, std::string* why) {
    const Allocation* a = live_at(address);
    if (a && bytes <= a->begin + a->bytes - address) return a;
    *why = text_of("%zu bytes from %#lx do not lie in one allocation: the first is at %s", bytes, (unsigned long)address, describe(address).c_str());
    return nullptr;
}

std::string describe(uintptr_t address) {
    const Allocation* a = find_allocation(address);
    if (!a) return text_of("address %#lx, which no allocation holds", (unsigned long)address);
    return text_of("offset %ld of %s%s allocation %lu (%zu bytes at %#lx)", (long)(address - a->begin), a->freed ? "the freed " : "the ",
                   a->host ? "pinned host" : "device", (unsigned long)a->id, a->bytes, (unsigned long)a->begin);
}

MemoryUse memory_use() { return table().use; }

void set_device_limit(size_t bytes) {
    Table& t = table();
    t.use.device_limit = bytes > t.use.device_bytes ? bytes : t.use.device_bytes;
}

std::vector<const Allocation*> live_allocations() {
    std::map<uint64_t, const Allocation*> by_id;
    for (const auto& [first, block] : table().blocks) {
        if (!block.allocation.freed) by_id[block.allocation.id] = &block.allocation;
    }
    std::vector<const Allocation*> live;
    for (const auto& [id, allocation] : by_id) live.push_back(allocation);
    return live;
}

}  // namespace cuemu
