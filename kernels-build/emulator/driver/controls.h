// What a test can ask of the emulation while it runs, through cuCtxSetLimit(id, value) and cuCtxGetLimit(&value, id).
//
// A real driver knows no limit with these ids and answers CUDA_ERROR_UNSUPPORTED_LIMIT (215), so a test that sets one can never pass on a real device
// by mistake. All values are size_t. "get" and "set" say which of the two calls the id takes; the other one returns 215.
#pragma once

#include <cstdint>

namespace cuemu {

enum Control : uint32_t {
    CONTROL_VERSION = 0x454D0000,               // get: version of this table, 1
    CONTROL_SCHEDULE = 0x454D0001,              // set: order of a block's threads: 0 ascending, 1 descending, 2.. seeds (env CUEMU_SCHEDULE)
    CONTROL_CHECKED = 0x454D0002,               // set: 1 = kernels from the instrumented library, 0 = plain (env CUEMU_CHECKED)
    CONTROL_LAZY_SEED = 0x454D0004,             // set: 0 = work runs when it is enqueued; n = only when something waits, in an order by seed n (env CUEMU_LAZY)

    CONTROL_LAUNCHES = 0x454D0005,              // get: kernel launches that ran since the last reset
    CONTROL_UNIQUE_LOADED_BYTES = 0x454D0008,   // get: bytes of global memory that checked launches loaded, each byte once per launch
    CONTROL_UNIQUE_STORED_BYTES = 0x454D0009,   // get: ... stored, likewise
    CONTROL_LIBRARY_BYTES = 0x454D000A,         // get: bytes of device memory that calls of cuBLAS and cuDNN loaded and stored: every operand once each way
    CONTROL_COPIED_BYTES = 0x454D000B,          // get: ... that copies loaded and stored, in any build
    CONTROL_FILLED_BYTES = 0x454D000C,          // get: ... that memsets stored, in any build
                                                // set (any of the six, any value): reset all six to 0

    CONTROL_LIVE_ALLOCATIONS = 0x454D0010,      // get: device allocations not freed yet
    CONTROL_LIVE_BYTES = 0x454D0011,            // get: their bytes
    CONTROL_LIVE_HOST_ALLOCATIONS = 0x454D0012, // get: pinned host allocations not freed yet
    CONTROL_MEMORY_LIMIT = 0x454D0015,          // get, set: bytes of device memory (env CUEMU_MEMORY_MB)
    CONTROL_LIVE_HANDLES = 0x454D0016,          // get: streams, events, modules, graphs and executable graphs not destroyed yet

    CONTROL_FAULTS = 0x454D0020,                // get: faults reported since the process started (kernel faults and broken canaries)
    CONTROL_PENDING = 0x454D0021,               // get: operations enqueued and not run yet (more than 0 only with lazy streams)
    CONTROL_API_CALLS = 0x454D0022,             // get: calls of any entry point since the last set; set: reset
    CONTROL_FAIL_COUNTDOWN = 0x454D0024,        // get, set: the n-th call from now, of the driver, cuBLAS or cuDNN, fails; 0 = off, or it has
    CONTROL_FAIL_CODE = 0x454D0025,             // set: the driver's code for CONTROL_FAIL_COUNTDOWN, default 999; plus 0x10000 to make it sticky, 0x20000 to let
                                                // later calls of that entry point fail too, 0x40000 all later calls, until the countdown is set again; plus
                                                // 2^32 times the status of a library's call, which is that of a failed kernel (13, 5000) without
    CONTROL_ALLOCATION_CALLS = 0x454D0026,      // get: calls that asked for device or pinned memory
    CONTROL_WAITS = 0x454D0027,                 // get: calls that wait for all work of a context or stream: synchronise, copy or fill or free without Async
    CONTROL_EVENT_WAITS = 0x454D0028,           // get: calls that wait for an event
                                                // set (any of the three, any value): reset all three to 0
    CONTROL_CONTEXTS_MADE = 0x454D0029,         // get: contexts made, among them the primary one each time that nobody had retained it
    CONTROL_MODULES_LOADED = 0x454D002A,        // get: modules loaded
                                                // set (either of the two, any value): reset both to 0

    CONTROL_GRAPH_KERNELS = 0x454D0030,         // get: nodes of the graph that was instantiated last: kernels
    CONTROL_GRAPH_LIBRARY_CALLS = 0x454D0031,   // get: ... calls of cuBLAS and cuDNN, one node each
    CONTROL_GRAPH_COPIES = 0x454D0032,          // get: ... copies
    CONTROL_GRAPH_FILLS = 0x454D0033,           // get: ... memsets

    CONTROL_LISTING = 0x454D0040,               // set: 1 = work is listed when it is done, 2 = it is listed and not done, and new memory is left as it is; 0 = neither;
                                                // 3 = calls that can fail are listed instead, the name of one a line; what a library's call does on the driver is its name and " inside"
    CONTROL_LISTED = 0x454D0041,                // get: the next 8 characters of the list, the first in the lowest byte, 0 behind its end
                                                // set (either of the two, any value): empties the list. A line is: kind, name, blocks, threads of a block,
                                                // dynamic shared bytes, bytes moved as the counters above count them, numbers among its arguments, or a library's multiplications
};

}  // namespace cuemu
