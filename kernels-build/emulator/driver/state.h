// The state of the emulated driver that all entry points share, and the frame that each of them runs in.
#pragma once

#include <cstdarg>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "config.h"
#include "cuda_abi.h"

namespace cuemu {

struct Stream;
struct Event;
struct Module;
struct Function;
struct Graph;

// The primary context, which lives while it is retained. There is no other kind.
struct Context {
    uintptr_t handle;
    int sticky = 0;                          // the code that every call but teardown returns after a fault
    std::string sticky_text;
    std::shared_ptr<Stream> legacy;          // the stream with handle 0
};

// Handles are numbers that are never reused and never addresses, so that a stale or foreign handle is always told from a live one.
template <class T>
class Handles {
public:
    explicit Handles(uintptr_t tag) : next_(tag << 40) {}

    uintptr_t add(std::shared_ptr<T> object) {
        next_ += 16;
        live_[next_] = std::move(object);
        return next_;
    }
    std::shared_ptr<T> find(const void* handle) const {
        auto found = live_.find((uintptr_t)handle);
        return found == live_.end() ? nullptr : found->second;
    }
    bool remove(const void* handle) { return live_.erase((uintptr_t)handle); }
    template <class Predicate>
    void remove_if(Predicate predicate) {
        for (auto i = live_.begin(); i != live_.end();) {
            if (predicate(*i->second)) i = live_.erase(i);
            else ++i;
        }
    }
    void clear() { live_.clear(); }
    size_t size() const { return live_.size(); }
    const std::map<uintptr_t, std::shared_ptr<T>>& live() const { return live_; }

private:
    uintptr_t next_;
    std::map<uintptr_t, std::shared_ptr<T>> live_;
};

// Calls that a training step in its steady state must not make (CONTROL_ALLOCATION_CALLS and the two after it).
struct CallKinds {
    uint64_t allocations = 0;
    uint64_t waits = 0;
    uint64_t event_waits = 0;
};

// What is slow to make on a device (CONTROL_CONTEXTS_MADE and CONTROL_MODULES_LOADED).
struct Made {
    uint64_t contexts = 0;
    uint64_t modules = 0;
};

// Nodes of a graph by what they do.
struct GraphNodes {
    size_t kernels = 0;
    size_t library_calls = 0;
    size_t copies = 0;
    size_t fills = 0;
};

// The failure that a control has planned (CONTROL_FAIL_COUNTDOWN and CONTROL_FAIL_CODE).
struct PlannedByControl {
    size_t countdown = 0;                    // calls until it happens; 0 = none is planned, or it has happened
    int code = CUDA_ERROR_UNKNOWN;           // of a call of the driver
    int library_status = 0;                  // of a call of cuBLAS or cuDNN; 0 = that of a kernel that failed
    bool sticky = false;                     // the context has the code as its sticky error from then on
    bool every_call = false;                 // every later call fails likewise
    bool same_name = false;                  // every later call of the entry point fails likewise
    std::string failing;                     // entry point whose calls fail now, "*" for all, empty for none
};

// The list of what was done (CONTROL_LISTING).
struct Listing {
    enum Mode : size_t { OFF, DONE, INSTEAD, CALLS } mode = OFF;
    std::string text;
    size_t told = 0;   // characters that were asked for
};

struct Driver {
    std::mutex mutex;  // one lock for everything: correctness under several threads is wanted, speed is not
    bool initialised = false;

    std::shared_ptr<Context> primary;                        // or nullptr
    int primary_references = 0;

    Handles<Stream> streams{0x12};
    Handles<Event> events{0x13};
    Handles<Module> modules{0x14};
    Handles<Function> functions{0x15};
    Handles<Graph> graphs{0x16};
    Handles<Graph> executables{0x18};

    std::vector<std::shared_ptr<Stream>> busy;               // that have work which did not run yet, among them destroyed ones
    unsigned lazy_seed = 0;

    std::unordered_map<std::string, unsigned long> calls;    // per entry point named in CUEMU_FAIL
    uint64_t api_calls = 0;
    CallKinds kinds;
    Made made;
    GraphNodes last_graph;                                   // that was instantiated last
    Listing listing;
    uint64_t faults = 0;
    PlannedByControl planned;
};

// The only instance; made on first use, never destroyed, since threads of the host program may still call while the process exits.
Driver& driver();

// The handle of the calling thread's current context, 0 if it has none.
uintptr_t& context_of_thread();

// The calling thread's current context, or nullptr if it has none or it has ended.
Context* current_context();

// 0, or INVALID_DEVICE for what is not the one device.
CUresult check_device(CUdevice device);

// Shared memory per block that cuFuncSetAttribute can ask for, by compute capability (CUDA C programming guide, table of technical specifications).
int shared_opt_in();

// Writes a report line for a person ("cuemu: " + text) to stderr and to CUEMU_REPORT.
void report(const std::string& text);

// Returns `code` with a sentence that CUEMU_VERBOSE=1 shows. The text names what was expected, what came, and the remedy.
CUresult fail(CUresult code, const char* format, ...) __attribute__((format(printf, 2, 3)));

std::string text_of(const char* format, ...) __attribute__((format(printf, 1, 2)));

// What an entry point needs before its body runs.
enum Rule : unsigned {
    CONTROL = 0,                 // of the emulation: never fails as planned, never listed
    ANYTIME = 8,
    INITIALISED = 1,             // cuInit was called
    CURRENT = 2 | INITIALISED,   // a context is current and has no sticky error
    TEARDOWN = 4 | CURRENT,      // like CURRENT, but with a sticky error the body still runs, and the sticky code is returned
};

// Checks of the rules, planned failures and counters: 0 to go on, else the code to return.
CUresult before_entry(const char* name, unsigned rules);

// Whether the control's failure hits this call of an entry point, which is listed where calls are. `inside`: a library's work on the driver, under the library's name.
bool fails_by_control(const char* name, bool inside = false);
CUresult after_entry(const char* name, unsigned rules, CUresult result);

// Every entry point is `return entry(__func__, RULES, [&]() -> CUresult { ... });`.
template <class Body>
CUresult entry(const char* name, unsigned rules, Body&& body) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    CUresult refused = before_entry(name, rules);
    return after_entry(name, rules, refused ? refused : body());
}

}  // namespace cuemu
