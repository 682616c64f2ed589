// The controls of the emulation (controls.h): limits of the context with ids that no real driver knows.
#include "controls.h"
#include "memory.h"
#include "stream.h"

namespace cuemu {

namespace {

size_t live_handles() {
    Driver& d = driver();
    return d.streams.size() + d.events.size() + d.modules.size() + d.graphs.size() + d.executables.size();
}

size_t pending() {
    size_t count = 0;
    for (const auto& stream : driver().busy) count += stream->queue.size();
    return count;
}

// The next characters of the list.
size_t next_of_list() {
    Listing& listing = driver().listing;
    size_t value = 0;
    for (size_t i = 0; i < sizeof value && listing.told < listing.text.size(); i++) value |= (size_t)(unsigned char)listing.text[listing.told++] << 8 * i;
    return value;
}

CUresult get_control(uint32_t id, size_t* value) {
    Driver& d = driver();
    MemoryUse use = memory_use();
    const Counters& c = counters();
    switch (id) {
        case CONTROL_VERSION: *value = 1; break;
        case CONTROL_LAUNCHES: *value = c.launches; break;
        case CONTROL_UNIQUE_LOADED_BYTES: *value = c.unique_loaded_bytes; break;
        case CONTROL_UNIQUE_STORED_BYTES: *value = c.unique_stored_bytes; break;
        case CONTROL_LIBRARY_BYTES: *value = c.library_bytes; break;
        case CONTROL_COPIED_BYTES: *value = c.copied_bytes; break;
        case CONTROL_FILLED_BYTES: *value = c.filled_bytes; break;
        case CONTROL_LIVE_ALLOCATIONS: *value = use.device_allocations; break;
        case CONTROL_LIVE_BYTES: *value = use.device_bytes; break;
        case CONTROL_LIVE_HOST_ALLOCATIONS: *value = use.host_allocations; break;
        case CONTROL_MEMORY_LIMIT: *value = use.device_limit; break;
        case CONTROL_LIVE_HANDLES: *value = live_handles(); break;
        case CONTROL_FAULTS: *value = d.faults; break;
        case CONTROL_PENDING: *value = pending(); break;
        case CONTROL_API_CALLS: *value = d.api_calls; break;
        case CONTROL_ALLOCATION_CALLS: *value = d.kinds.allocations; break;
        case CONTROL_WAITS: *value = d.kinds.waits; break;
        case CONTROL_EVENT_WAITS: *value = d.kinds.event_waits; break;
        case CONTROL_CONTEXTS_MADE: *value = d.made.contexts; break;
        case CONTROL_MODULES_LOADED: *value = d.made.modules; break;
        case CONTROL_GRAPH_KERNELS: *value = d.last_graph.kernels; break;
        case CONTROL_GRAPH_LIBRARY_CALLS: *value = d.last_graph.library_calls; break;
        case CONTROL_GRAPH_COPIES: *value = d.last_graph.copies; break;
        case CONTROL_GRAPH_FILLS: *value = d.last_graph.fills; break;
        case CONTROL_FAIL_COUNTDOWN: *value = d.planned.countdown; break;
        case CONTROL_LISTED: *value = next_of_list(); break;
        default: return fail(CUDA_ERROR_UNSUPPORTED_LIMIT, "limit %#x is no control that can be read; limits of a real driver are not emulated", id);
    }
    return CUDA_SUCCESS;
}

CUresult set_control(uint32_t id, size_t value) {
    Driver& d = driver();
    auto refuse = [&](const char* expected) { return fail(CUDA_ERROR_INVALID_VALUE, "control %#x takes %s, not %zu", id, expected, value); };
    switch (id) {
        case CONTROL_SCHEDULE: settings().schedule = value; break;
        case CONTROL_CHECKED:
            if (value > 1) return refuse("0 or 1");
            settings().checked = value;
            break;
        case CONTROL_LAZY_SEED:
            wait_for_all();  // work that waits was enqueued under the old rule
            d.lazy_seed = (unsigned)value;
            break;
        case CONTROL_LAUNCHES: case CONTROL_UNIQUE_LOADED_BYTES: case CONTROL_UNIQUE_STORED_BYTES:
        case CONTROL_LIBRARY_BYTES: case CONTROL_COPIED_BYTES: case CONTROL_FILLED_BYTES:
            counters() = Counters{};
            break;
        case CONTROL_MEMORY_LIMIT: set_device_limit(value); break;
        case CONTROL_API_CALLS: d.api_calls = 0; break;
        case CONTROL_ALLOCATION_CALLS: case CONTROL_WAITS: case CONTROL_EVENT_WAITS: d.kinds = CallKinds{}; break;
        case CONTROL_CONTEXTS_MADE: case CONTROL_MODULES_LOADED: d.made = Made{}; break;
        case CONTROL_FAIL_COUNTDOWN:
            d.planned.countdown = value;
            d.planned.failing.clear();
            break;
        case CONTROL_LISTING:
            if (value > Listing::CALLS) return refuse("0, 1, 2 or 3");
            d.listing = Listing{(Listing::Mode)value, {}, 0};
            break;
        case CONTROL_LISTED: d.listing = Listing{d.listing.mode, {}, 0}; break;
        case CONTROL_FAIL_CODE:
            d.planned.code = (int)(value & 0xFFFF);
            d.planned.sticky = value & 0x10000;
            d.planned.same_name = value & 0x20000;
            d.planned.every_call = value & 0x40000;
            d.planned.library_status = (int)(value >> 32);
            break;
        default: return fail(CUDA_ERROR_UNSUPPORTED_LIMIT, "limit %#x is no control that can be set; limits of a real driver are not emulated", id);
    }
    return CUDA_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

// Controls answer without a context and after faults: a test reads counts when all is torn down.
CUEMU_API cuCtxSetLimit(int limit, size_t value) {
    return entry(__func__, CONTROL, [&]() -> CUresult { return set_control((uint32_t)limit, value); });
}

CUEMU_API cuCtxGetLimit(size_t* value, int limit) {
    return entry(__func__, CONTROL, [&]() -> CUresult { return value ? get_control((uint32_t)limit, value) : CUDA_ERROR_INVALID_VALUE; });
}
