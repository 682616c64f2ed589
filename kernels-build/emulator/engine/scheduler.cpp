// Runs the threads of a block in the order that the schedule says.
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "block.h"
#include "libraries.h"
#include "switch.h"

namespace cuemu {
namespace {

constexpr size_t PAGE = 4096;
// 227 KiB is the most a block of any present device may have; the emulated one may have less (the driver checks).
constexpr size_t DYNAMIC_RESERVED = 256 * 1024;

std::atomic<uintptr_t> stacks_begin;  // of the worker, for the fault handler

void* reserve(size_t bytes, size_t alignment) {
    void* p = mmap(nullptr, bytes + alignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        perror("cuemu: mmap of stacks");
        abort();
    }
    return reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(p) + alignment - 1) & ~(alignment - 1));
}

ThreadView* slot(const Worker* worker, unsigned index) {
    return reinterpret_cast<ThreadView*>(worker->stacks + (index + 1) * STACK_BYTES - THREAD_BYTES);
}

unsigned lowest(uint32_t mask) { return static_cast<unsigned>(__builtin_ctz(mask)); }

unsigned choose_lane(const Order& order, uint32_t ready) {
    if (order.descending) {
        return 31u - static_cast<unsigned>(__builtin_clz(ready));
    }
    if (order.rotate == 0) {
        return lowest(ready);
    }
    const uint32_t turned = (ready >> order.rotate) | (ready << (32 - order.rotate));
    return (lowest(turned) + order.rotate) % 32;
}

// Takes the next thread that can run, or -1.
int choose(Worker* worker) {
    unsigned w = worker->warp;
    if (worker->warps[w].ready == 0) {
        if (worker->ready_ranks == 0) {
            return -1;
        }
        w = worker->order.warp_at[lowest(worker->ready_ranks)];
        worker->warp = w;
    }
    Warp& warp = worker->warps[w];
    const unsigned lane = choose_lane(worker->order, warp.ready);
    warp.ready &= ~(1u << lane);
    if (warp.ready == 0) {
        worker->ready_ranks &= ~(1u << worker->order.rank_of[w]);
    }
    return static_cast<int>(w * LANES + lane);
}

void become(Worker* worker, ThreadView* view, unsigned thread) {
    const Index3 d = worker->view.block_dim;
    view->thread_index = {thread % d.x, thread / d.x % d.y, thread / d.x / d.y};
    view->lane = thread % LANES;
}

std::string count_waiting(const Worker* worker) {
    unsigned at_barrier = 0, in_warp = 0;
    int warp_line = 0;
    for (unsigned w = 0; w * LANES < worker->threads; w++) {
        at_barrier += static_cast<unsigned>(__builtin_popcount(worker->waiting_warps[w]));
        const uint32_t waiting = worker->warps[w].waiting;
        in_warp += static_cast<unsigned>(__builtin_popcount(waiting));
        if (waiting != 0) {
            warp_line = worker->warps[w].offers[lowest(waiting)].line;
        }
    }
    std::string words = std::to_string(at_barrier + in_warp) + " of " + std::to_string(worker->threads) + " threads wait for ever:";
    if (at_barrier > 0) {
        words += " " + std::to_string(at_barrier) + " at the barrier in line " + std::to_string(worker->barrier.line);
    }
    if (in_warp > 0) {
        words += (at_barrier > 0 ? "," : "") + (" " + std::to_string(in_warp)) + " in a warp operation in line " + std::to_string(warp_line);
    }
    return words + "; " + std::to_string(worker->threads - worker->live) + " have returned";
}

[[noreturn]] void report_deadlock(Worker* worker) {
    Finding finding;
    finding.kind = FindingKind::Deadlock;
    finding.thread = worker->thread;
    finding.words = count_waiting(worker);
    abort_block(worker, finding);
}

extern "C" void cuemu_fiber_main() {
    Worker* worker = this_worker();
    ThreadView* view = const_cast<ThreadView*>(&this_thread());
    for (;;) {
        worker->kernel->invoke(worker->arguments);
        worker->live--;
        lane_left(worker);
        const int next = choose(worker);
        if (next < 0) {
            if (worker->live > 0) {
                report_deadlock(worker);
            }
            worker->free_stacks.push_back(view);
            cuemu_jump(worker->main_context);
        }
        worker->thread = static_cast<unsigned>(next);
        void* other = worker->contexts[next];
        if (other == nullptr) {
            become(worker, view, worker->thread);  // on the same stack, which is warm
        } else {
            worker->free_stacks.push_back(view);  // nobody else runs before the jump
            cuemu_jump(other);
        }
    }
}

// The context of a thread that is about to start.
void* start(Worker* worker, unsigned thread) {
    ThreadView* view = worker->free_stacks.back();
    worker->free_stacks.pop_back();
    become(worker, view, thread);
    // Stacks begin in different cache sets; all at the same offset would evict each other.
    const uintptr_t color = (reinterpret_cast<uintptr_t>(view) / STACK_BYTES % 64) * 256;
    void** sp = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(view) - color - 64);
    *--sp = nullptr;  // so that the entry finds the stack as after a call: 8 beside a multiple of 16
    *--sp = reinterpret_cast<void*>(&cuemu_fiber_main);
    for (int i = 0; i < 6; i++) {
        *--sp = nullptr;
    }
    return sp;
}

}  // namespace

uint64_t next_random(uint64_t& state) {  // splitmix64 (Steele, Lea, Flood 2014)
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

// A fresh priority of warps. The caller has no warp ready, or sets ready_ranks afterwards.
void new_warp_order(Worker* worker) {
    Order& order = worker->order;
    const unsigned warps = (worker->threads + LANES - 1) / LANES;
    const uint64_t schedule = settings().schedule;
    for (unsigned i = 0; i < warps; i++) {
        order.warp_at[i] = static_cast<uint8_t>(schedule == 1 ? warps - 1 - i : i);
    }
    order.rotate = 0;
    order.descending = schedule == 1;
    if (schedule >= 2) {
        for (unsigned i = warps - 1; i > 0; i--) {
            std::swap(order.warp_at[i], order.warp_at[next_random(worker->random) % (i + 1)]);
        }
        order.rotate = next_random(worker->random) % LANES;
        order.descending = (next_random(worker->random) & 1) != 0;
    }
    for (unsigned i = 0; i < warps; i++) {
        order.rank_of[order.warp_at[i]] = static_cast<uint8_t>(i);
    }
}

void make_ready(Worker* worker, unsigned warp, uint32_t lanes) {
    worker->warps[warp].ready |= lanes;
    worker->ready_ranks |= 1u << worker->order.rank_of[warp];
}

void wait_for_others(Worker* worker) {
    const int next = choose(worker);
    if (next < 0) {
        report_deadlock(worker);
    }
    const unsigned self = worker->thread;
    const unsigned other = static_cast<unsigned>(next);
    if (other == self) {
        return;
    }
    worker->thread = other;
    void* context = worker->contexts[other];
    cuemu_switch(&worker->contexts[self], context != nullptr ? context : start(worker, other));
}

void abort_block(Worker* worker, const Finding& finding) {
    worker->finding = finding;
    worker->finding.block = worker->block;
    worker->finding.library = worker->library;
    cuemu_jump(worker->main_context);
}

Worker* worker_of(uintptr_t sp) {
    const uintptr_t begin = stacks_begin.load(std::memory_order_acquire);
    return begin != 0 && sp - begin < RANGE_BYTES ? worker_at(sp) : nullptr;
}

Worker::Worker() {
    stacks = reinterpret_cast<uintptr_t>(reserve(RANGE_BYTES, RANGE_BYTES));
    *reinterpret_cast<Worker**>(stacks) = this;  // below the first stack's guard
    for (unsigned i = 0; i < MAX_THREADS; i++) {
        mprotect(reinterpret_cast<void*>(stacks + i * STACK_BYTES + PAGE), STACK_GUARD_BYTES - PAGE, PROT_NONE);
    }
    abort_stack = reinterpret_cast<uintptr_t>(reserve(STACK_BYTES, STACK_BYTES)) + STACK_BYTES;
    alternate_stack = reserve(STACK_BYTES, PAGE);
    dynamic_begin = reinterpret_cast<uintptr_t>(reserve(DYNAMIC_RESERVED + PAGE, PAGE));
    dynamic_end = dynamic_begin + DYNAMIC_RESERVED;
    mprotect(reinterpret_cast<void*>(dynamic_end), PAGE, PROT_NONE);
    met = static_cast<uint32_t(*)[LANES][LANES]>(reserve(sizeof(uint32_t) * MAX_WARPS * LANES * LANES, PAGE));
    free_stacks.reserve(MAX_THREADS);
    stacks_begin.store(stacks, std::memory_order_release);
}

bool Worker::run_block(uint64_t index) {
    block = index;
    const Dim g = launch->grid;
    view.block_index = {static_cast<unsigned>(index % g.x), static_cast<unsigned>(index / g.x % g.y),
                        static_cast<unsigned>(index / g.x / g.y)};
    view.dynamic_shared = reinterpret_cast<void*>(dynamic);
    live = threads;
    epoch = 0;
    memset(&barrier, 0, sizeof barrier);
    uint64_t mixed = settings().schedule * 0x100000001b3u + index;
    random = next_random(mixed);
    if (free_stacks.size() != MAX_THREADS) {  // first block, or fibers were abandoned
        free_stacks.clear();
        for (unsigned i = MAX_THREADS; i-- > 0;) {
            free_stacks.push_back(slot(this, i));
            free_stacks.back()->block = &view;
        }
    }
    memset(contexts, 0, threads * sizeof *contexts);
    new_warp_order(this);
    ready_ranks = 0;
    const unsigned warp_count = (threads + LANES - 1) / LANES;
    for (unsigned w = 0; w < warp_count; w++) {
        const unsigned lanes = threads - w * LANES < LANES ? threads - w * LANES : LANES;
        const uint32_t present = lanes == LANES ? 0xffffffffu : (1u << lanes) - 1;
        Warp& warp = warps[w];
        warp.ready = 0;
        warp.waiting = 0;
        warp.exited = ~present;
        warp.collectives = 0;
        warp.full_sync = 0;
        warp.partial = false;
        waiting_warps[w] = 0;
        make_ready(this, w, present);
    }
    memset(reinterpret_cast<void*>(dynamic), POISON, dynamic_bytes);
    memset(reinterpret_cast<void*>(statics), POISON, static_bytes);
    finding.kind = FindingKind::None;
    warp = order.warp_at[0];
    thread = static_cast<unsigned>(choose(this));
    cuemu_switch(&main_context, start(this, thread));
    return finding.kind == FindingKind::None;
}

}  // namespace cuemu
