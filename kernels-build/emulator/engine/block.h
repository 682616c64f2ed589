// One block of threads on one OS thread.
//
// Each thread is a fiber. A worker runs one lane until it waits, then the next ready lane of the same warp, then the ready warp that comes first in the
// schedule: depth-first by warp. That order is what exposes missing barriers: a warp runs as far ahead of the others as its barriers let it.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "../include/cuemu/abi.h"
#include "engine.h"
#include "finding.h"

namespace cuemu {

constexpr unsigned LANES = 32;
constexpr unsigned MAX_WARPS = 32;
constexpr unsigned MAX_THREADS = LANES * MAX_WARPS;

struct Worker;

// The stacks of the worker's fibers lie in one range that starts at a multiple of its own size, with the worker's address at its start: the stack pointer
// of a fiber is enough to find the worker. What changes while fibers run is kept in the worker, close together: stacks are a cache line apart at best.
// Lowest part of each stack: a page that nobody uses, but for the first one's that holds the worker's address, and the guard page.
constexpr uintptr_t STACK_GUARD_BYTES = 8192;
constexpr uintptr_t RANGE_BYTES = MAX_THREADS * STACK_BYTES;

inline Worker* worker_at(uintptr_t sp) { return *reinterpret_cast<Worker* const*>(sp & ~(RANGE_BYTES - 1)); }

inline Worker* this_worker() {
    uintptr_t sp;
    asm("mov %%rsp, %0" : "=r"(sp));
    return worker_at(sp);
}

// What a lane brings to a warp collective.
struct Offer {
    WarpOp op;
    unsigned mask;
    int source;
    int line;
    uint64_t value;   // becomes the result
};

struct Warp {
    uint32_t ready;     // lanes that could run and do not
    uint32_t waiting;   // lanes in a warp collective
    uint32_t exited;    // lanes that have returned or never were
    uint32_t collectives;                    // completed so far
    uint32_t full_sync;                      // `collectives` when all lanes last met
    bool partial;                            // lanes met in smaller groups too: see met
    Offer offers[LANES];
};

struct BarrierState {
    unsigned arrived;
    int line;
    const char* file;
    uintptr_t pc;
    unsigned first_thread;
};

// The order of a block's threads.
struct Order {
    uint8_t warp_at[MAX_WARPS];  // rank -> warp
    uint8_t rank_of[MAX_WARPS];
    unsigned rotate;             // first lane that is tried
    bool descending;             // lanes
};

struct Library;

struct Worker {
    // The block that runs now.
    BlockView view;
    const Launch* launch;
    const Kernel* kernel;
    const Library* library;
    const void* const* arguments;
    bool checked;    // the instrumented build runs
    uint64_t block;  // linear index
    unsigned threads, live;
    Warp warps[MAX_WARPS];
    unsigned thread;  // runs now; linear index in the block
    void* contexts[MAX_THREADS];  // by thread: where it goes on; null before its start
    uint32_t waiting_warps[MAX_WARPS];  // lanes at the block's barrier
    BarrierState barrier;
    uint32_t epoch;  // barriers passed
    uint64_t random;
    Order order;
    uint32_t ready_ranks;
    unsigned warp;  // runs now
    // met[warp][a][b]: `collectives` when lanes a and b last took part in the same one, kept once a warp has met in part only.
    uint32_t (*met)[LANES][LANES];

    // Stacks.
    uintptr_t stacks;
    std::vector<ThreadView*> free_stacks;
    void* main_context;  // the scheduler's own while fibers run
    uintptr_t abort_stack;  // a fault handler sends a fiber here

    // Shared memory: dynamic_end is where the guard page starts.
    uintptr_t dynamic_begin, dynamic_end;
    uintptr_t dynamic, dynamic_bytes;  // of this block
    uintptr_t statics, static_bytes;   // of this block's library on this OS thread

    Finding finding;  // that ended the block, if finding.kind is not None
    void* alternate_stack;

    Worker();
    // All members that have no constructor start as zero.
    static void* operator new(size_t bytes) { return calloc(1, bytes); }
    static void operator delete(void* p) { free(p); }

    unsigned lane() const { return thread % LANES; }
    // Runs one block; false if it ended in a finding.
    bool run_block(uint64_t block);
};

// Ends the current fiber's block with a finding; for code that runs on a fiber.
[[noreturn]] void abort_block(Worker* worker, const Finding& finding);

// scheduler.cpp, for the collectives.
void wait_for_others(Worker* worker);         // until something makes this thread's lane ready again
void make_ready(Worker* worker, unsigned warp, uint32_t lanes);
void complete_barrier(Worker* worker);
void lane_left(Worker* worker);               // this thread has returned: may complete a warp collective
void new_warp_order(Worker* worker);
uint64_t next_random(uint64_t& state);

// For the fault handler: the worker to whose stacks `sp` belongs, or nullptr.
Worker* worker_of(uintptr_t sp);
void on_fault_handlers();  // installs them, once

}  // namespace cuemu
