// Judges every access that a checked kernel makes: does it hit live memory, has somebody written it, and is it ordered with what others did there?
//
// Two accesses of one block are ordered if a barrier lies between them, or, within a warp, a collective that both lanes took part in. Accesses of two
// blocks of one launch are never ordered. Ordering through atomics and fences (a "last block" that gathers) is not understood and reported as a race.
#include "libraries.h"
#include "shadow.h"

namespace cuemu {
namespace {

constexpr size_t GRANULE = 4;
enum class Kind { Read, Write, Atomic };

[[noreturn]] __attribute__((noinline, cold)) void refuse(FindingKind kind, uintptr_t address, unsigned bytes, uintptr_t pc) {
    Worker* worker = this_worker();
    Finding finding;
    finding.kind = kind;
    finding.thread = worker->thread;
    finding.pc = pc;
    finding.address = address;
    finding.bytes = bytes;
    abort_block(worker, finding);
}

// One finding for each kind and place; the launch goes on to look for more.
__attribute__((noinline, cold)) void remember(FindingKind kind, const Worker* worker, uintptr_t address, unsigned bytes, uintptr_t pc, const Access* other) {
    const uintptr_t other_pc = other == nullptr ? 0 : shadow.library->begin + other->pc;
    for (const Finding& known : shadow.findings) {
        if (known.kind == kind && known.pc == pc && (known.other_pc == other_pc || other == nullptr)) {
            return;
        }
    }
    if (shadow.findings.size() >= 16) {
        return;
    }
    Finding finding;
    finding.kind = kind;
    finding.library = shadow.library;
    finding.block = worker->block;
    finding.thread = worker->thread;
    finding.pc = pc;
    finding.address = address;
    finding.bytes = bytes;
    if (other != nullptr) {
        finding.other_thread = other->thread;
        finding.same_block = other->serial == shadow.serial && other->readers != SEVERAL_BLOCKS;
        finding.many_others = other->readers != ONE_THREAD;
        finding.other_pc = other_pc;
    }
    shadow.findings.push_back(finding);
}

// Whether lane `thread`'s access after `meeting` collectives of its warp lies before a collective that it shared with this thread.
bool met_since(const Worker* worker, unsigned thread, uint32_t meeting) {
    const unsigned w = worker->thread / LANES;
    const Warp& warp = worker->warps[w];
    return warp.full_sync > meeting || (warp.partial && worker->met[w][worker->lane()][thread % LANES] > meeting);
}

// Whether `before` is unordered with an access that this thread makes now to `nibble`. Records older than `first` are of another launch or block.
inline bool unordered(const Access& before, const Worker* worker, uint8_t nibble, uint32_t first) {
    if (before.serial < first || (before.bytes & nibble) == 0) {
        return false;
    }
    if (before.serial != shadow.serial || before.readers == SEVERAL_BLOCKS) {
        return true;
    }
    if (before.epoch != static_cast<uint16_t>(worker->epoch)) {
        return false;
    }
    if (before.thread == worker->thread && before.readers == ONE_THREAD) {
        return false;
    }
    if (before.readers == ONE_BLOCK || before.thread / LANES != worker->thread / LANES) {
        return true;
    }
    return !met_since(worker, before.thread, before.meeting);
}

inline void record(Access& access, const Worker* worker, uint8_t nibble, uint32_t first, uintptr_t pc, bool atomic) {
    const uint8_t touched = access.serial < first ? 0 : access.bytes >> 4;
    access.serial = shadow.serial;
    access.pc = static_cast<uint32_t>(pc - shadow.library->begin);
    access.meeting = worker->warps[worker->thread / LANES].collectives;
    access.epoch = static_cast<uint16_t>(worker->epoch);
    access.thread = static_cast<uint16_t>(worker->thread);
    access.bytes = static_cast<uint8_t>(nibble | (touched | nibble) << 4);
    access.readers = ONE_THREAD;
    access.atomic = atomic;
}

// Adds a read. Who has read since the last barrier is kept as "one thread", "several of a warp", "several of the block" or "several blocks".
inline void record_read(Access& access, const Worker* worker, uint8_t nibble, uint32_t first, uintptr_t pc) {
    uint8_t readers = ONE_THREAD;
    if (access.serial >= first && (access.bytes & nibble) != 0) {
        if (access.serial != shadow.serial || access.readers == SEVERAL_BLOCKS) {
            readers = SEVERAL_BLOCKS;
        } else if (access.epoch == static_cast<uint16_t>(worker->epoch)) {
            readers = access.readers;
            if (access.thread / LANES != worker->thread / LANES) {
                readers = ONE_BLOCK;
            } else if (access.thread != worker->thread && readers == ONE_THREAD && !met_since(worker, access.thread, access.meeting)) {
                readers = ONE_WARP;
            } else if (readers == ONE_WARP && met_since(worker, access.thread, access.meeting)) {
                readers = ONE_THREAD;
            }
        }
    }
    record(access, worker, nibble, first, pc, false);
    access.readers = readers & 3;
}

template <Kind KIND>
inline void touch(Cell& cell, const Worker* worker, uint8_t nibble, uint32_t first, uintptr_t address, unsigned bytes, uintptr_t pc) {
    if constexpr (KIND == Kind::Read) {
        if (__builtin_expect(unordered(cell.write, worker, nibble, first), 0)) {
            remember(FindingKind::RaceWriteRead, worker, address, bytes, pc, &cell.write);
        }
        record_read(cell.read, worker, nibble, first, pc);
    } else {
        if (__builtin_expect(unordered(cell.write, worker, nibble, first), 0) && !(KIND == Kind::Atomic && cell.write.atomic != 0)) {
            remember(FindingKind::RaceWriteWrite, worker, address, bytes, pc, &cell.write);
        }
        if (__builtin_expect(unordered(cell.read, worker, nibble, first), 0)) {
            remember(FindingKind::RaceReadWrite, worker, address, bytes, pc, &cell.read);
        }
        record(cell.write, worker, nibble, first, pc, KIND == Kind::Atomic);
    }
}

inline unsigned new_bytes(const Access& access, uint8_t nibble, uint32_t first) {
    const uint8_t touched = access.serial < first ? 0 : access.bytes >> 4;
    return static_cast<unsigned>(__builtin_popcount(nibble & ~touched));
}

template <Kind KIND>
inline void check_global(uintptr_t address, unsigned bytes, const Worker* worker, uintptr_t pc) {
    const uint32_t first = shadow.launch_serial;
    uintptr_t at = address;
    for (const uintptr_t end = address + bytes; at < end;) {
        const uintptr_t offset = at - shadow.begin;
        const unsigned low = offset % GRANULE;
        const unsigned high = end - at + low < GRANULE ? static_cast<unsigned>(end - at + low) : GRANULE;
        const uint8_t nibble = static_cast<uint8_t>((0xF >> (GRANULE - high + low)) << low);
        uint8_t& state = shadow.states[offset / GRANULE];
        Cell& cell = shadow.cells[offset / GRANULE];
        if (__builtin_expect((state >> 4 & nibble) != nibble, 0)) {
            refuse(KIND == Kind::Read ? FindingKind::IllegalRead : FindingKind::IllegalWrite, address, bytes, pc);
        }
        if (KIND != Kind::Write) {
            shadow.unique_loaded += new_bytes(cell.read, nibble, first);
            if (__builtin_expect((state & nibble) != nibble, 0)) {
                remember(FindingKind::UninitialisedGlobal, worker, address, bytes, pc, nullptr);
            }
        }
        if (KIND != Kind::Read) {
            shadow.unique_stored += new_bytes(cell.write, nibble, first);
            state |= nibble;
        }
        touch<KIND>(cell, worker, nibble, first, address, bytes, pc);
        at += high - low;
    }
}

template <Kind KIND>
inline void check_shared(Cell* cells, uintptr_t begin, uintptr_t address, unsigned bytes, const Worker* worker, uintptr_t pc) {
    const uint32_t first = shadow.serial;
    uintptr_t at = address;
    for (const uintptr_t end = address + bytes; at < end;) {
        const uintptr_t offset = at - begin;
        const unsigned low = offset % GRANULE;
        const unsigned high = end - at + low < GRANULE ? static_cast<unsigned>(end - at + low) : GRANULE;
        const uint8_t nibble = static_cast<uint8_t>((0xF >> (GRANULE - high + low)) << low);
        Cell& cell = cells[offset / GRANULE];
        if (KIND != Kind::Write) {
            const uint8_t written = cell.write.serial == first ? cell.write.bytes >> 4 : 0;
            if (__builtin_expect((written & nibble) != nibble, 0)) {
                remember(FindingKind::UninitialisedShared, worker, address, bytes, pc, nullptr);
            }
        }
        touch<KIND>(cell, worker, nibble, first, address, bytes, pc);
        at += high - low;
    }
}

template <Kind KIND>
inline void check(uintptr_t address, unsigned bytes, uintptr_t pc) {
    if (__builtin_expect(!shadow.active, 0)) {
        return;
    }
    const Worker* worker = this_worker();
    if (__builtin_expect((address & (bytes - 1)) != 0 && (bytes & (bytes - 1)) == 0, 0)) {
        if (address - worker->stacks >= MAX_THREADS * STACK_BYTES) {
            refuse(FindingKind::Misaligned, address, bytes, pc);
        }
    }
    if (address - shadow.begin < shadow.bytes) {
        check_global<KIND>(address, bytes, worker, pc);
    } else if (address - worker->statics < worker->static_bytes) {
        check_shared<KIND>(shadow.static_cells, worker->statics, address, bytes, worker, pc);
    } else if (address >= worker->dynamic && address + bytes <= worker->dynamic + worker->dynamic_bytes) {
        check_shared<KIND>(shadow.dynamic_cells, worker->dynamic, address, bytes, worker, pc);
    } else if (address - worker->stacks < MAX_THREADS * STACK_BYTES) {
        return;  // local memory
    } else if (address - worker->library->begin < worker->library->end - worker->library->begin && KIND == Kind::Read) {
        return;  // constants
    } else {
        refuse(KIND == Kind::Read ? FindingKind::IllegalRead : FindingKind::IllegalWrite, address, bytes, pc);
    }
}

}  // namespace

void check_read(uintptr_t address, unsigned bytes, uintptr_t pc) { check<Kind::Read>(address, bytes, pc); }
void check_write(uintptr_t address, unsigned bytes, uintptr_t pc) { check<Kind::Write>(address, bytes, pc); }
void check_atomic(uintptr_t address, unsigned bytes, uintptr_t pc) { check<Kind::Atomic>(address, bytes, pc); }

}  // namespace cuemu
