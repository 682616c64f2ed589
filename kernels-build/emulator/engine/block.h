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

// The head is what kernels see (abi.h). It lies at the end of the fiber's stack.
struct Fiber {
    ThreadView view;
    unsigned thread;  // linear index in the block
    Worker* worker;
    void* sp;  // while it waits
};
static_assert(sizeof(Fiber) <= THREAD_BYTES, "fits the head room of the stack");

inline Fiber* this_fiber() { return reinterpret_cast<Fiber*>(const_cast<ThreadView*>(&this_thread())); }

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
    unsigned first_thread;
    BarrierOp op;
    int any, all, count, result;
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
    Fiber* fibers[MAX_THREADS];  // by thread; null before its start
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
    std::vector<Fiber*> free_stacks;
    void* main_sp;       // the scheduler's own context while fibers run
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

    // Runs one block; false if it ended in a finding.
    bool run_block(uint64_t block);
};

// Ends the current fiber's block with a finding; for code that runs on a fiber.
[[noreturn]] void abort_block(Worker* worker, const Finding& finding);

// scheduler.cpp, for the collectives.
void wait_for_others(Fiber* self);            // until something makes this thread's lane ready again
void make_ready(Worker* worker, unsigned warp, uint32_t lanes);
void complete_barrier(Worker* worker);
void lane_left(Worker* worker, Fiber* self);  // a thread has returned: may complete a warp collective
void new_warp_order(Worker* worker);
uint64_t next_random(uint64_t& state);

// The stack slots of all workers, for the fault handler: the fiber whose stack holds `sp`, or nullptr.
Fiber* fiber_of(uintptr_t sp);
void on_fault_handlers();  // installs them, once

}  // namespace cuemu
