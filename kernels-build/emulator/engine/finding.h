// Something wrong that a kernel did, before it is put in words.
#pragma once

#include <cstdint>
#include <string>

#include "engine.h"

namespace cuemu {

struct Worker;
struct Library;

enum class FindingKind {
    None,
    IllegalRead, IllegalWrite, IllegalAccess,  // the last one: the processor does not say which
    Misaligned,
    UninitialisedGlobal, UninitialisedShared,
    RaceReadWrite, RaceWriteRead, RaceWriteWrite,  // earlier access, then this one
    DivergentBarrier, DivergentWarp, Deadlock,
    StackOverflow, DivisionByZero, Arithmetic
};

struct Finding {
    FindingKind kind = FindingKind::None;
    const Library* library = nullptr;
    uint64_t block = 0;
    unsigned thread = 0;
    uintptr_t pc = 0;         // return address or address of the instruction; 0 unknown
    uintptr_t address = 0;
    unsigned bytes = 0;
    // Races: the earlier access.
    bool same_block = true;
    unsigned other_thread = 0;
    bool many_others = false;  // several threads read; other_thread is one of them
    uintptr_t other_pc = 0;
    std::string words;        // Deadlock, DivergentX, Arithmetic: what happened
};

int code_of(FindingKind kind);

// One line: kernel, block, thread, address, allocation, place in the source. Slow: it may start addr2line.
std::string describe(const Finding& finding, const Launch& launch, const Worker* worker);

}  // namespace cuemu
