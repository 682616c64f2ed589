#include "host_work.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "memory.h"
#include "stream.h"

namespace cuemu {

namespace {

constexpr size_t SCRIBBLED_BYTES = 4096;  // at both ends of scratch memory: a library's algorithms leave unspecified things there

size_t span(const Range& range) { return range.width && range.rows ? range.pitch * (range.rows - 1) + range.width : 0; }

bool all_live(const std::vector<Range>& ranges, std::string* why) {
    for (const Range& range : ranges) {
        if (!span(range) || holding(range.begin, span(range), why)) continue;
        *why = std::string(range.what) + ": " + *why;
        return false;
    }
    return true;
}

bool overlap(const Range& a, const Range& b) {
    if (!span(a) || !span(b) || a.begin + span(a) <= b.begin || b.begin + span(b) <= a.begin) return false;
    if ((a.access | b.access) & RANGE_GAPS) return a.begin == b.begin;  // they may be interleaved; only what is certain is refused
    if (a.pitch != b.pitch || a.width > a.pitch || b.width > b.pitch || (a.rows == 1 && b.rows == 1)) return true;
    size_t shift = (b.begin - a.begin) % a.pitch;  // unsigned, so only right when b is behind a
    if (b.begin < a.begin) shift = (a.pitch - (a.begin - b.begin) % a.pitch) % a.pitch;
    return !(shift >= a.width && shift + b.width <= a.pitch);  // two column views of one matrix may share rows
}

CUresult check_overlaps(const char* name, const std::vector<Range>& ranges) {
    for (const Range& a : ranges) {
        if (a.access != RANGE_SCRATCH && !(a.access & RANGE_WRITES)) continue;
        for (const Range& b : ranges) {
            if (&a == &b || !overlap(a, b)) continue;
            return fail(CUDA_ERROR_INVALID_VALUE, "%s: %s is written and overlaps %s; what a device makes of that is undefined", name, a.what, b.what);
        }
    }
    return CUDA_SUCCESS;
}

void check_initialised(const HostWork& work, const Range& range) {
    if (!(range.access & RANGE_READS) || (range.access & RANGE_GAPS)) return;
    for (size_t row = 0; row < range.rows; row++) {
        uintptr_t begin = range.begin + row * range.pitch;
        if (host_read_is_initialised(begin, range.width)) continue;
        driver().faults++;
        report(text_of("%s reads memory that nothing wrote: %s, %zu bytes from %s", work.name, range.what, range.width, describe(begin).c_str()));
        return;
    }
}

}  // namespace

void do_host(const HostWork& work) {
    std::string why;
    if (!all_live(work.ranges, &why)) {
        fault(CUDA_ERROR_ILLEGAL_ADDRESS, std::string(work.name) + ": " + why);
        return;
    }
    for (const Range& range : work.ranges) {
        check_initialised(work, range);
        if (range.access != RANGE_SCRATCH) continue;
        size_t bytes = std::min(span(range), SCRIBBLED_BYTES);
        memset((void*)range.begin, POISON, bytes);
        memset((void*)(range.begin + span(range) - bytes), POISON, bytes);
    }
    work.run(work.arguments->data());
    for (const Range& range : work.ranges) {
        if (range.access & RANGE_READS) counters().library_bytes += range.width * range.rows;
        if (!(range.access & RANGE_WRITES)) continue;
        counters().library_bytes += range.width * range.rows;
        for (size_t row = 0; row < range.rows; row++) on_host_write(range.begin + row * range.pitch, range.width);
    }
}

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuemuEnqueueHost(const char* name, CUstream handle, void (*run)(const void*), const void* arguments, size_t bytes, const Range* ranges,
                           size_t count, size_t multiplications) {
    return entry(name, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        auto from = (const unsigned char*)arguments;
        HostWork work{name, run, std::make_shared<std::vector<unsigned char>>(from, from + bytes), {}, multiplications};
        for (size_t i = 0; i < count; i++) work.ranges.push_back(ranges[i]);
        for (Range& range : work.ranges) {
            if (range.pitch == range.width || range.rows <= 1) range = {range.what, range.begin, span(range), span(range), 1, range.access};  // one dense row
        }
        if (CUresult bad = check_overlaps(name, work.ranges)) return bad;
        std::string why;
        if (!stream->capture && !all_live(work.ranges, &why)) {
            fault(CUDA_ERROR_ILLEGAL_ADDRESS, std::string(name) + ": " + why);
            return outcome();
        }
        if (CUresult bad = submit(stream, std::move(work))) return bad;
        return outcome();
    });
}

CUEMU_API cuemuSynchronizeFor(const char* name) {
    return entry(name, CURRENT, [&]() -> CUresult {
        wait_for_all();
        return outcome();
    });
}

extern "C" int cuemuPlannedStatus(const char* name, int failed_kernel) {
    Driver& d = driver();
    std::lock_guard<std::mutex> lock(d.mutex);
    if (!fails_by_control(name)) return 0;
    if (d.planned.sticky && current_context()) current_context()->sticky = d.planned.code;
    return d.planned.library_status ? d.planned.library_status : failed_kernel;
}

extern "C" int cuemuCapability() { return driver().initialised ? 10 * config().major + config().minor : 0; }

extern "C" void cuemuExplain(const char* name, int status, const char* text) {
    if (config().verbose) fprintf(stderr, "cuemu: %s: status %d: %s\n", name, status, text);
}

extern "C" void cuemuReport(const char* text) { report(text); }
