// Limits of the context, and behind ids that no real driver knows the controls of the emulation (controls.h).
#include "controls.h"
#include "graph.h"
#include "memory.h"
#include "module.h"

namespace cuemu {

namespace {

constexpr int REAL_LIMITS = 8;
constexpr size_t STANDARD[REAL_LIMITS] = {1024, 1 << 20, 8 << 20, 2, 2048, 128, 0, 0};

bool is_control(int limit) { return ((uint32_t)limit & 0xFFFF0000u) == CONTROL_VERSION; }

size_t live_handles() {
    Driver& d = driver();
    return d.streams.size() + d.events.size() + d.modules.size() + d.graphs.size() + d.graph_execs.size();
}

CUresult get_control(uint32_t id, size_t* value) {
    Driver& d = driver();
    MemoryUse use = memory_use();
    const Counters& c = counters();
    switch (id) {
        case CONTROL_VERSION: *value = 1; break;
        case CONTROL_SCHEDULE: *value = settings().schedule; break;
        case CONTROL_CHECKED: *value = settings().checked; break;
        case CONTROL_POISON: *value = (size_t)settings().poison; break;
        case CONTROL_LAZY_SEED: *value = d.lazy_seed; break;
        case CONTROL_LAUNCHES: *value = c.launches; break;
        case CONTROL_LOADED_BYTES: *value = c.loaded_bytes; break;
        case CONTROL_STORED_BYTES: *value = c.stored_bytes; break;
        case CONTROL_UNIQUE_LOADED_BYTES: *value = c.unique_loaded_bytes; break;
        case CONTROL_UNIQUE_STORED_BYTES: *value = c.unique_stored_bytes; break;
        case CONTROL_LIBRARY_BYTES: *value = c.library_bytes; break;
        case CONTROL_COPIED_BYTES: *value = c.copied_bytes; break;
        case CONTROL_FILLED_BYTES: *value = c.filled_bytes; break;
        case CONTROL_LIVE_ALLOCATIONS: *value = use.device_allocations; break;
        case CONTROL_LIVE_BYTES: *value = use.device_bytes; break;
        case CONTROL_LIVE_HOST_ALLOCATIONS: *value = use.host_allocations; break;
        case CONTROL_LIVE_HOST_BYTES: *value = use.host_bytes; break;
        case CONTROL_PEAK_BYTES: *value = use.device_peak_bytes; break;
        case CONTROL_MEMORY_LIMIT: *value = use.device_limit; break;
        case CONTROL_LIVE_HANDLES: *value = live_handles(); break;
        case CONTROL_PLACEMENT: *value = (size_t)placement(); break;
        case CONTROL_FAULTS: *value = d.faults; break;
        case CONTROL_PENDING: *value = d.pending.size(); break;
        case CONTROL_API_CALLS: *value = d.api_calls; break;
        case CONTROL_THREADS: *value = (size_t)settings().threads; break;
        case CONTROL_ALLOCATION_CALLS: *value = d.kinds.allocations; break;
        case CONTROL_WAITS: *value = d.kinds.waits; break;
        case CONTROL_EVENT_WAITS: *value = d.kinds.event_waits; break;
        case CONTROL_CONTEXTS_MADE: *value = d.made.contexts; break;
        case CONTROL_MODULES_LOADED: *value = d.made.modules; break;
        case CONTROL_GRAPH_KERNELS: *value = d.last_graph.kernels; break;
        case CONTROL_GRAPH_LIBRARY_CALLS: *value = d.last_graph.library_calls; break;
        case CONTROL_GRAPH_COPIES: *value = d.last_graph.copies; break;
        case CONTROL_GRAPH_FILLS: *value = d.last_graph.fills; break;
        case CONTROL_FAIL_COUNTDOWN: *value = d.fail_countdown; break;
        case CONTROL_FAIL_CODE: *value = (size_t)d.fail_code | (d.fail_sticky ? 0x10000u : 0u); break;
        default: return fail(CUDA_ERROR_UNSUPPORTED_LIMIT, "control %#x cannot be read", id);
    }
    return CUDA_SUCCESS;
}

CUresult set_lazy(unsigned seed) {
    // Work that waits was enqueued under the old rule; it runs before the new one holds.
    while (!driver().pending.empty()) wait_for(std::shared_ptr<Node>(driver().pending.begin()->second));
    driver().lazy_seed = seed;
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
        case CONTROL_POISON:
            if (value > 255) return refuse("a byte");
            settings().poison = (int)value;
            break;
        case CONTROL_LAZY_SEED: return set_lazy((unsigned)value);
        case CONTROL_LAUNCHES: case CONTROL_LOADED_BYTES: case CONTROL_STORED_BYTES: case CONTROL_UNIQUE_LOADED_BYTES: case CONTROL_UNIQUE_STORED_BYTES:
        case CONTROL_LIBRARY_BYTES: case CONTROL_COPIED_BYTES: case CONTROL_FILLED_BYTES:
            counters() = Counters{};
            break;
        case CONTROL_PEAK_BYTES: restart_peak(); break;
        case CONTROL_MEMORY_LIMIT: set_device_limit(value); break;
        case CONTROL_PLACEMENT:
            if (value > 2) return refuse("0, 1 or 2");
            set_placement((Placement)value);
            break;
        case CONTROL_API_CALLS: d.api_calls = 0; break;
        case CONTROL_ALLOCATION_CALLS: case CONTROL_WAITS: case CONTROL_EVENT_WAITS: d.kinds = CallKinds{}; break;
        case CONTROL_CONTEXTS_MADE: case CONTROL_MODULES_LOADED: d.made = Made{}; break;
        case CONTROL_THREADS:
            if (value < 1 || value > 64) return refuse("1 to 64");
            settings().threads = (int)value;
            break;
        case CONTROL_FAIL_COUNTDOWN: d.fail_countdown = value; break;
        case CONTROL_FAIL_CODE:
            d.fail_code = (int)(value & 0xFFFF);
            d.fail_sticky = value & 0x10000;
            break;
        default: return fail(CUDA_ERROR_UNSUPPORTED_LIMIT, "control %#x cannot be set", id);
    }
    return CUDA_SUCCESS;
}

// Controls answer without a context and after faults: a test reads counts when all is torn down.
unsigned rules(int limit) { return is_control(limit) ? ANYTIME : CURRENT; }

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuCtxSetLimit(int limit, size_t value) {
    return entry(__func__, rules(limit), [&]() -> CUresult {
        if (is_control(limit)) return set_control((uint32_t)limit, value);
        if (limit < 0 || limit >= REAL_LIMITS) return fail(CUDA_ERROR_UNSUPPORTED_LIMIT, "limit %d is not known", limit);
        current_context()->limits[limit] = value;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuCtxGetLimit(size_t* value, int limit) {
    return entry(__func__, rules(limit), [&]() -> CUresult {
        if (!value) return CUDA_ERROR_INVALID_VALUE;
        if (is_control(limit)) return get_control((uint32_t)limit, value);
        if (limit < 0 || limit >= REAL_LIMITS) return fail(CUDA_ERROR_UNSUPPORTED_LIMIT, "limit %d is not known", limit);
        auto set = current_context()->limits.find(limit);
        *value = set == current_context()->limits.end() ? STANDARD[limit] : set->second;
        return CUDA_SUCCESS;
    });
}
