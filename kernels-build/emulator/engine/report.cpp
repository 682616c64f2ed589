// Puts a finding in words.
#include <cstdio>

#include "../driver/memory.h"
#include "block.h"
#include "finding.h"
#include "libraries.h"

namespace cuemu {
namespace {

std::string hex(uintptr_t value) {
    char text[32];
    snprintf(text, sizeof text, "0x%zx", static_cast<size_t>(value));
    return text;
}

std::string triple(unsigned x, unsigned y, unsigned z) {
    return "(" + std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(z) + ")";
}

std::string block_text(uint64_t index, const Launch& launch) {
    const Dim g = launch.grid;
    return "block " + triple(static_cast<unsigned>(index % g.x), static_cast<unsigned>(index / g.x % g.y), static_cast<unsigned>(index / g.x / g.y));
}

std::string thread_text(unsigned index, const Launch& launch) {
    const Dim b = launch.block;
    return "thread " + triple(index % b.x, index / b.x % b.y, index / b.x / b.y);
}

std::string place(uintptr_t pc) {
    const std::string line = pc == 0 ? "" : source_line(pc - 1);
    return line.empty() ? "" : " at " + line;
}

std::string distance(uintptr_t address, uintptr_t begin, size_t bytes) {
    if (address < begin) {
        return std::to_string(begin - address) + " bytes before its start";
    }
    const size_t offset = address - begin;
    return offset < bytes ? "offset " + std::to_string(offset) : std::to_string(offset - bytes) + " bytes past its end";
}

// What lies at an address, in words.
std::string where(const Finding& finding, const Worker* worker) {
    const uintptr_t a = finding.address;
    if (worker->dynamic_bytes > 0 && a - (worker->dynamic - 64) < worker->dynamic_bytes + 4096 + 64) {
        return "dynamic shared memory (" + std::to_string(worker->dynamic_bytes) + " bytes), " + distance(a, worker->dynamic, worker->dynamic_bytes);
    }
    if (worker->dynamic_bytes == 0 && a - worker->dynamic_end < 4096) {
        return "dynamic shared memory, of which the launch asked for none";
    }
    if (a - worker->statics < worker->static_bytes) {
        const std::string name = shared_variable_at(*worker->library, a - worker->statics);
        return "shared memory, " + (name.empty() ? "offset " + std::to_string(a - worker->statics) : name);
    }
    if (const Allocation* allocation = find_allocation(a)) {
        return std::string(allocation->host ? "pinned host memory, " : "") + "allocation " + std::to_string(allocation->id) +
               (allocation->freed ? " (freed; " : " (") + std::to_string(allocation->bytes) + " bytes at " + hex(allocation->begin) + "), " +
               distance(a, allocation->begin, allocation->bytes);
    }
    if (a < 65536) {
        return "a null pointer";
    }
    return "no device memory: is it a host pointer?";
}

std::string access_text(const Finding& f, const char* verb, const Worker* worker) {
    return std::string(verb) + (f.bytes > 0 ? " " + std::to_string(f.bytes) + " bytes" : "") + " at " + hex(f.address) + ": " + where(f, worker);
}

std::string race_text(const Finding& f, const char* earlier, const char* now, const Launch& launch, const Worker* worker) {
    std::string other = thread_text(f.other_thread, launch);
    if (!f.same_block) {
        other = f.many_others ? "threads of several blocks" : "a thread of another block (" + other + ")";
    } else if (f.many_others) {
        other = "several threads";
    }
    return std::string("RACE: ") + now + " " + std::to_string(f.bytes) + " bytes at " + hex(f.address) + " that " + other + " " + earlier +
           place(f.other_pc) + " with no " + (f.same_block ? "barrier" : "order") + " in between: " + where(f, worker);
}

}  // namespace

int code_of(FindingKind kind) {
    switch (kind) {
        case FindingKind::IllegalRead:
        case FindingKind::IllegalWrite:
        case FindingKind::IllegalAccess:
            return ILLEGAL_ADDRESS;
        case FindingKind::Misaligned:
            return MISALIGNED_ADDRESS;
        default:
            return LAUNCH_FAILED;
    }
}

std::string describe(const Finding& f, const Launch& launch, const Worker* worker) {
    std::string what;
    switch (f.kind) {
        case FindingKind::None: break;
        case FindingKind::IllegalRead: what = "ILLEGAL ADDRESS: " + access_text(f, "reads", worker); break;
        case FindingKind::IllegalWrite: what = "ILLEGAL ADDRESS: " + access_text(f, "writes", worker); break;
        case FindingKind::IllegalAccess:
            what = f.address == 0 ? "ILLEGAL ADDRESS: an address that no memory has, or null" : "ILLEGAL ADDRESS: " + access_text(f, "uses", worker);
            break;
        case FindingKind::Misaligned: what = "MISALIGNED: " + access_text(f, "uses", worker); break;
        case FindingKind::UninitialisedGlobal: what = "UNINITIALISED: " + access_text(f, "reads", worker) + ", which nothing wrote"; break;
        case FindingKind::UninitialisedShared: what = "UNINITIALISED: " + access_text(f, "reads", worker) + ", which no thread of the block wrote"; break;
        case FindingKind::RaceReadWrite: what = race_text(f, "read", "writes", launch, worker); break;
        case FindingKind::RaceWriteRead: what = race_text(f, "wrote", "reads", launch, worker); break;
        case FindingKind::RaceWriteWrite: what = race_text(f, "wrote", "writes", launch, worker); break;
        case FindingKind::DivergentBarrier: what = "DIVERGENT BARRIER: " + f.words; break;
        case FindingKind::DivergentWarp: what = "DIVERGENT WARP: " + f.words; break;
        case FindingKind::Deadlock: what = "DEADLOCK: " + f.words; break;
        case FindingKind::StackOverflow: what = "STACK OVERFLOW: a thread needs more local memory than the 40 KiB that it has here"; break;
        case FindingKind::DivisionByZero: what = "ARITHMETIC: an integer division by zero"; break;
        case FindingKind::Arithmetic: what = "ARITHMETIC: " + f.words; break;
    }
    return launch.kernel->name + ", " + block_text(f.block, launch) + ", " + thread_text(f.thread, launch) + ": " + what + place(f.pc);
}

}  // namespace cuemu
