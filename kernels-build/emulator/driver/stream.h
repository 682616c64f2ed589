// Work on the device: what streams hold, and what captures record of it.
//
// In the eager mode (lazy seed 0) work runs at once. In the lazy mode it waits in its stream's queue until something waits for it, and where several
// streams could go on the seed chooses: a program that forgot a synchronisation then sees memory that is not written yet. A capture records the same Work
// in a Graph. Streams do not wait for each other: neither blocking streams nor waits of a stream for an event are emulated.
#pragma once

#include <deque>
#include <memory>
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
    std::shared_ptr<std::vector<unsigned char>> staged;  // the source's bytes as they were at the call, when the source is pageable
};

struct FillWork {
    uintptr_t to;
    unsigned value, element;  // element: 1 or 4 bytes
    size_t count;             // elements
};

// Work of another library that stands in for kernels of its own (host_work.h).
struct HostWork {
    const char* name;  // of the entry point; a literal
    void (*run)(const void* arguments);
    std::shared_ptr<std::vector<unsigned char>> arguments;
    std::vector<Range> ranges;
    size_t multiplications;
};

// Where an event was recorded.
struct Mark {
    bool reached = false;
    double seconds = 0;
};

using Work = std::variant<KernelWork, CopyWork, FillWork, HostWork, std::shared_ptr<Mark>>;

// What a capture recorded, in its order; as an executable graph it can be launched again and again.
struct Graph {
    std::vector<Work> nodes;
};

struct Capture {
    std::shared_ptr<Graph> graph = std::make_shared<Graph>();
    bool invalidated = false;
};

struct Stream {
    std::deque<Work> queue;                // enqueued, not run
    std::shared_ptr<Capture> capture;      // while it is captured
};

struct Event {
    std::shared_ptr<Stream> stream;        // of the last recording
    std::shared_ptr<Mark> mark;            // of the last recording, or nullptr
    std::weak_ptr<Capture> capture;        // of the last recording
    bool captured = false;                 // the last recording was in a capture
};

// The stream of a handle: nullptr and 1 are the legacy stream.
CUresult find_stream(CUstream handle, std::shared_ptr<Stream>* stream);

// 901 when the stream's capture was invalidated before.
CUresult check_capture(const Stream& stream);

// Enqueues `work` on `stream`, or records it in the stream's capture.
CUresult submit(const std::shared_ptr<Stream>& stream, Work work);

// Runs what the stream's queue holds, up to the mark if one is given.
void wait_for(const std::shared_ptr<Stream>& stream, const Mark* mark = nullptr);

// Runs everything that is pending.
void wait_for_all();

// 0, or the sticky code of the context as the result of a call that waited.
CUresult outcome();

// Does the work now (work.cpp, host_work.cpp).
void perform(const Work& work);
void do_host(const HostWork& work);

// Marks the context as faulted, and reports.
void fault(int code, const std::string& text);

}  // namespace cuemu
