// Work on the device: one graph of operations for all streams, and what captures make of it.
//
// Each enqueued operation is a Node that depends on earlier ones: the tail of its stream, events it waits for, and the legacy stream's rule. In the
// eager mode (lazy seed 0) a node runs at once. In the lazy mode it runs only when something waits for it or for a successor, and among the nodes that
// could run the seed chooses: a program that forgot a synchronisation then sees memory that is not written yet. A capture records the same Work in a
// Graph instead of enqueueing it.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <variant>
#include <vector>

#include "../engine/engine.h"
#include "host_work.h"
#include "state.h"

namespace cuemu {

struct KernelWork {
    std::shared_ptr<Function> function;
    Launch launch;
};

// Where a copy's or fill's bytes lie. Pageable host memory is what no allocation of the driver holds.
enum class Place { Device, Pinned, Pageable };

struct CopyWork {
    uintptr_t to, from;
    size_t to_pitch, from_pitch, width, height;  // bytes, rows
    Place to_place, from_place;
    std::shared_ptr<std::vector<unsigned char>> staged;  // the source's bytes as they were at the call, dense, when the source is pageable
};

struct FillWork {
    uintptr_t to;
    size_t pitch;           // bytes
    unsigned value, element;  // element: 1, 2 or 4 bytes
    size_t width, height;   // elements, rows
};

struct FreeWork {
    uintptr_t address;
};

// Work of another library that stands in for kernels of its own (host_work.h).
struct HostWork {
    const char* name;  // of the entry point; a literal
    void (*run)(const void* arguments);
    std::shared_ptr<std::vector<unsigned char>> arguments;
    std::vector<Range> ranges;
};

struct NoWork {};

using Work = std::variant<NoWork, KernelWork, CopyWork, FillWork, FreeWork, HostWork>;

struct Node {
    uint64_t id;
    Work work;
    std::shared_ptr<Context> context;
    std::vector<std::shared_ptr<Node>> dependencies;  // emptied when done, so that finished history is freed
    bool done = false;
    bool orphan = false;  // its stream was destroyed before it ran
    double finished_seconds = 0;
};

struct Stream {
    uintptr_t handle;
    uint64_t id;
    std::shared_ptr<Context> context;
    unsigned flags;
    int priority;
    std::shared_ptr<Node> tail;                            // the last operation, or nullptr
    std::shared_ptr<Capture> capture;                      // while it is captured
    std::set<std::shared_ptr<GraphNode>> captured_tail;    // what the next captured operation depends on
    bool blocking() const { return !(flags & CU_STREAM_NON_BLOCKING); }
};

struct Event {
    std::shared_ptr<Context> context;
    unsigned flags;
    std::shared_ptr<Node> recorded;                        // the last recording, or nullptr
    std::weak_ptr<Capture> capture;                        // set when the last recording was in a capture
    bool captured = false;
    std::set<std::shared_ptr<GraphNode>> captured_tail;
};

struct Capture {
    uint64_t id;
    int mode;
    std::thread::id thread;
    std::shared_ptr<Stream> origin;
    std::set<std::shared_ptr<Stream>> streams;             // origin and those that joined
    std::shared_ptr<Graph> graph;
    bool invalidated = false;
};

// The stream of a handle: nullptr and 1 are the legacy stream, 2 (one default stream per thread) is not offered.
CUresult find_stream(CUstream handle, std::shared_ptr<Stream>* stream);

// Enqueues or captures `work` on `stream`.
CUresult submit(const std::shared_ptr<Stream>& stream, Work work);

// Like submit, but never captured: the node itself, with dependencies besides those of the stream.
std::shared_ptr<Node> enqueue(const std::shared_ptr<Stream>& stream, Work work, std::vector<std::shared_ptr<Node>> dependencies = {});

// What an operation on `stream` must wait for: its tail, and by the legacy rule the tails of others.
std::vector<std::shared_ptr<Node>> stream_dependencies(const std::shared_ptr<Stream>& stream);

// A node without a place in a stream yet; runs at once in the eager mode.
std::shared_ptr<Node> make_node(const std::shared_ptr<Context>& context, Work work, std::vector<std::shared_ptr<Node>> dependencies);

// Runs `node` and all that it waits for.
void wait_for(const std::shared_ptr<Node>& node);

// Runs one pending operation that `node` waits for, or node itself: a poll makes progress but never the whole way at once. True when node is done.
bool advance(const std::shared_ptr<Node>& node);

// Runs everything pending of `context`.
void wait_for_all(const std::shared_ptr<Context>& context);

// 0, or the sticky code of the context as the result of a call that waited.
CUresult outcome(const std::shared_ptr<Context>& context);

// Does the work now (work.cpp, host_work.cpp).
void perform(Work& work, Context& context);
void do_host(HostWork& work, Context& context);

// Marks a context as faulted, and reports.
void fault(Context& context, int code, const std::string& text);

// 906 (and the capture is lost) when the legacy stream is used while a blocking stream is captured.
CUresult check_legacy(const std::shared_ptr<Stream>& stream);

}  // namespace cuemu
