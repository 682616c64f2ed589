// Barriers and warp collectives: the last thread that arrives does the work for all.
#include <cmath>
#include <cstring>

#include "block.h"

namespace cuemu {
namespace {

constexpr uint64_t NO_VALUE = ~0ull;  // a NaN, if somebody uses it

std::string lanes_text(uint32_t mask) {
    char text[16];
    snprintf(text, sizeof text, "0x%08x", mask);
    return text;
}

#define CALLER reinterpret_cast<uintptr_t>(__builtin_return_address(0))

[[noreturn]] void diverged(FindingKind kind, Worker* worker, uintptr_t pc, const std::string& words) {
    Finding finding;
    finding.kind = kind;
    finding.thread = worker->thread;
    finding.pc = pc;
    finding.words = words;
    abort_block(worker, finding);
}

const char* base_name(const char* path) {
    const char* slash = strrchr(path, '/');
    return slash == nullptr ? path : slash + 1;
}

float to_float(uint64_t bits) {
    const uint32_t low = static_cast<uint32_t>(bits);
    float value;
    memcpy(&value, &low, 4);
    return value;
}

uint64_t to_bits(float value) {
    uint32_t low;
    memcpy(&low, &value, 4);
    return low;
}

// A butterfly over 16, 8, 4, 2, 1 gives every lane the same bits: each of its steps adds the same two numbers in both lanes of a pair.
template <class Combine>
uint64_t butterfly(const Warp& warp, Combine combine) {
    float values[LANES];
    for (unsigned lane = 0; lane < LANES; lane++) {
        values[lane] = to_float(warp.offers[lane].value);
    }
    for (unsigned distance = LANES / 2; distance > 0; distance /= 2) {
        for (unsigned lane = 0; lane < distance; lane++) {
            values[lane] = combine(values[lane], values[lane + distance]);
        }
    }
    return to_bits(values[0]);
}

void note_meeting(Worker* worker, unsigned w, uint32_t group) {
    Warp& warp = worker->warps[w];
    warp.collectives++;
    if ((group | warp.exited) == 0xffffffffu) {
        warp.full_sync = warp.collectives;
        return;
    }
    auto& met = worker->met[w];
    if (!warp.partial) {
        warp.partial = true;
        memset(met, 0, sizeof met);
    }
    for (unsigned a = 0; a < LANES; a++) {
        for (unsigned b = 0; (group >> a & 1) != 0 && b < LANES; b++) {
            if ((group >> b & 1) != 0) {
                met[a][b] = warp.collectives;
            }
        }
    }
}

// Gives each lane of `group` its result and makes it ready.
void complete(Worker* worker, unsigned w, uint32_t group, WarpOp op) {
    Warp& warp = worker->warps[w];
    uint64_t values[LANES];
    uint64_t common = 0;
    switch (op) {
        case WarpOp::Sync:
            break;
        case WarpOp::Exchange:
            for (unsigned lane = 0; lane < LANES; lane++) {
                values[lane] = warp.offers[lane].value;
            }
            for (unsigned lane = 0; lane < LANES; lane++) {
                if ((group >> lane & 1) != 0) {
                    const unsigned source = static_cast<unsigned>(warp.offers[lane].source) % LANES;
                    warp.offers[lane].value = (group >> source & 1) != 0 ? values[source] : NO_VALUE;
                }
            }
            break;
        case WarpOp::Ballot:
            for (unsigned lane = 0; lane < LANES; lane++) {
                common |= (group >> lane & 1) != 0 && warp.offers[lane].value != 0 ? 1ull << lane : 0;
            }
            break;
        case WarpOp::Sum:
            common = butterfly(warp, [](float a, float b) { return a + b; });
            break;
        case WarpOp::Max:
            common = butterfly(warp, [](float a, float b) { return fmaxf(a, b); });
            break;
    }
    if (op == WarpOp::Ballot || op == WarpOp::Sum || op == WarpOp::Max) {
        for (unsigned lane = 0; lane < LANES; lane++) {
            if ((group >> lane & 1) != 0) {
                warp.offers[lane].value = common;
            }
        }
    }
    // A shuffle, a vote or a sum makes lanes wait for each other, but orders no memory (CUDA C++ programming guide, "Warp Shuffle Functions").
    if (op == WarpOp::Sync) {
        note_meeting(worker, w, group);
    }
    warp.waiting &= ~group;
    make_ready(worker, w, group);
}

}  // namespace

uint64_t warp_collective(WarpOp op, unsigned mask, uint64_t value, int source, int line) {
    Worker* worker = this_worker();
    const unsigned w = worker->thread / LANES;
    const unsigned lane = worker->lane();
    Warp& warp = worker->warps[w];
    if ((mask >> lane & 1) == 0) {
        diverged(FindingKind::DivergentWarp, worker, CALLER, "lane " + std::to_string(lane) + " is not in its own mask " + lanes_text(mask) + " in line " +
                                                       std::to_string(line));
    }
    const uint32_t others = warp.waiting & mask;
    if (others != 0) {
        const unsigned first = static_cast<unsigned>(__builtin_ctz(others));
        const Offer& offer = warp.offers[first];
        if (offer.op != op || offer.mask != mask) {
            diverged(FindingKind::DivergentWarp, worker, CALLER,
                     "lane " + std::to_string(lane) + " is in line " + std::to_string(line) + " with mask " + lanes_text(mask) + " while lane " +
                         std::to_string(first) + " waits for it in line " + std::to_string(offer.line) + " with mask " + lanes_text(offer.mask));
        }
    }
    if ((op == WarpOp::Sum || op == WarpOp::Max) && warp.exited != 0) {
        diverged(FindingKind::DivergentWarp, worker, CALLER, "a sum or maximum over the warp in line " + std::to_string(line) + " while lanes " +
                                                       lanes_text(warp.exited) + " have returned or are not there");
    }
    warp.offers[lane] = {op, mask, source, line, value};
    warp.waiting |= 1u << lane;
    const uint32_t needed = mask & ~warp.exited;
    if ((warp.waiting & needed) == needed) {
        complete(worker, w, needed, op);
    }
    wait_for_others(worker);
    return warp.offers[lane].value;
}

void complete_barrier(Worker* worker) {
    worker->barrier.arrived = 0;
    worker->epoch++;
    if (settings().schedule >= 2) {
        new_warp_order(worker);  // nobody is ready now
    }
    const unsigned warps = (worker->threads + LANES - 1) / LANES;
    for (unsigned w = 0; w < warps; w++) {
        make_ready(worker, w, worker->waiting_warps[w]);
        worker->waiting_warps[w] = 0;
    }
    worker->warp = worker->order.warp_at[0];
}

void barrier(int line, const char* file) {
    Worker* worker = this_worker();
    BarrierState& state = worker->barrier;
    if (worker->live != worker->threads) {
        diverged(FindingKind::DivergentBarrier, worker, CALLER,
                 std::string("a barrier (") + base_name(file) + ":" + std::to_string(line) + ") that " +
                     std::to_string(worker->threads - worker->live) + " of " + std::to_string(worker->threads) +
                     " threads of the block can no longer reach: they have returned");
    }
    if (state.arrived == 0) {
        state.line = line;
        state.file = file;
        state.pc = CALLER;
        state.first_thread = worker->thread;
    } else if (state.line != line || (state.file != file && strcmp(state.file, file) != 0)) {
        diverged(FindingKind::DivergentBarrier, worker, CALLER,
                 std::string("this thread waits at the barrier ") + base_name(file) + ":" + std::to_string(line) + " and thread " +
                     std::to_string(state.first_thread) + " of the same block at another one, " + base_name(state.file) + ":" +
                     std::to_string(state.line));
    }
    worker->waiting_warps[worker->thread / LANES] |= 1u << worker->lane();
    if (++state.arrived == worker->threads) {
        complete_barrier(worker);
    }
    wait_for_others(worker);
}

void lane_left(Worker* worker) {
    const unsigned w = worker->thread / LANES;
    Warp& warp = worker->warps[w];
    warp.exited |= 1u << worker->lane();
    if (worker->barrier.arrived > 0) {
        diverged(FindingKind::DivergentBarrier, worker, worker->barrier.pc,
                 "this thread has returned while " + std::to_string(worker->barrier.arrived) + " of " + std::to_string(worker->threads) +
                     " threads of the block wait at the barrier " + base_name(worker->barrier.file) + ":" +
                     std::to_string(worker->barrier.line));
    }
    if (warp.waiting == 0) {
        return;
    }
    // The lanes that wait may have waited for this one only.
    for (uint32_t rest = warp.waiting; rest != 0;) {
        const Offer& offer = warp.offers[__builtin_ctz(rest)];
        const uint32_t needed = offer.mask & ~warp.exited;
        if (offer.op == WarpOp::Sum || offer.op == WarpOp::Max) {
            diverged(FindingKind::DivergentWarp, worker, 0, "this thread has returned while others of its warp wait for it to take part in a sum or "
                                                       "maximum over the warp in line " + std::to_string(offer.line));
        }
        if ((warp.waiting & needed) == needed) {
            complete(worker, w, needed, offer.op);
        }
        rest &= ~offer.mask;
    }
}

}  // namespace cuemu
