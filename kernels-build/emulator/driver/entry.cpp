// The frame of every entry point: rules, planned failures, sticky errors, explanations.
#include <cstdio>
#include <cstring>

#include "../engine/engine.h"
#include "state.h"

namespace cuemu {

namespace {

// Plain storage, because destructors of thread-local objects run at unknown points of a host program's exit.
thread_local char explanation[1024];

bool starts(const char* name, const char* with) { return !strncmp(name, with, strlen(with)); }

// By the entry point's name, which says of every call whether it allocates or waits.
void count_kind(const char* name, CallKinds& kinds) {
    bool async = strstr(name, "Async");
    if (starts(name, "cuMemAlloc")) kinds.allocations++;
    else if (!strcmp(name, "cuEventSynchronize")) kinds.event_waits++;
    else if (strstr(name, "Synchronize")) kinds.waits++;
    else if (!async && (starts(name, "cuMemcpy") || starts(name, "cuMemset") || starts(name, "cuMemFree"))) kinds.waits++;
}

int planned_failure(const char* name, bool* sticky) {
    Driver& d = driver();
    unsigned long call = 0;
    for (const PlannedFailure& f : config().failures) {
        if (f.name != name && f.name + "_v2" != name) continue;  // the names of cuda.h are meant too
        if (!call) call = ++d.calls[name];
        if (f.call != call) continue;
        *sticky = f.sticky;
        return f.code;
    }
    return 0;
}

std::string name_of(int code) {
    switch (code) {
#define CODE(name, number) \
    case number: return "CUDA_" #name;
        CUEMU_CODES(CODE)
#undef CODE
        default: return "code " + std::to_string(code);
    }
}

}  // namespace

Driver& driver() {
    static Driver* only = [] {
        Driver* d = new Driver;
        d->lazy_seed = config().lazy_seed;
        settings().schedule = config().schedule;
        settings().checked = config().checked;
        return d;
    }();
    return *only;
}

std::string text_of(const char* format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return text;
}

CUresult fail(CUresult code, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(explanation, sizeof explanation, format, arguments);
    va_end(arguments);
    return code;
}

void report(const std::string& text) {
    std::string line = "cuemu: " + text + "\n";
    fputs(line.c_str(), stderr);
    if (config().report.empty()) return;
    FILE* file = fopen(config().report.c_str(), "a");
    if (!file) return;
    fputs(line.c_str(), file);
    fclose(file);
}

bool fails_by_control(const char* name, bool inside) {
    Driver& d = driver();
    PlannedByControl& plan = d.planned;
    if (d.listing.mode == Listing::CALLS) d.listing.text += std::string(name) + (inside ? " inside\n" : "\n");
    if (plan.failing == "*" || plan.failing == name) return true;
    if (!plan.countdown || --plan.countdown) return false;
    plan.failing = plan.every_call ? "*" : plan.same_name ? name : "";
    return true;
}

CUresult before_entry(const char* name, unsigned rules) {
    Driver& d = driver();
    d.api_calls++;
    count_kind(name, d.kinds);
    explanation[0] = 0;
    Context* context = current_context();
    if (rules != CONTROL) {
        bool sticky = false;
        int code = planned_failure(name, &sticky);
        if (fails_by_control(name, starts(name, "cublas") || starts(name, "cudnn"))) {
            code = d.planned.code;
            sticky = d.planned.sticky;
        }
        if (code) {
            if (sticky && context) context->sticky = code;
            return fail(code, "this failure was planned by CUEMU_FAIL or its control");
        }
    }
    if ((rules & INITIALISED) && !d.initialised) return fail(CUDA_ERROR_NOT_INITIALIZED, "cuInit was not called");
    if ((rules & CURRENT) == CURRENT) {
        if (!context_of_thread()) return fail(CUDA_ERROR_INVALID_CONTEXT, "the calling thread has no current context; call cuCtxSetCurrent");
        if (!context) return fail(CUDA_ERROR_CONTEXT_IS_DESTROYED, "the calling thread's current context was released");
        if (context->sticky && (rules & TEARDOWN) != TEARDOWN) return fail(context->sticky, "since an earlier fault: %s", context->sticky_text.c_str());
    }
    return CUDA_SUCCESS;
}

CUresult after_entry(const char* name, unsigned rules, CUresult result) {
    if ((rules & TEARDOWN) == TEARDOWN) {
        const Context* context = current_context();
        if (!result && context && context->sticky) result = fail(context->sticky, "since an earlier fault: %s", context->sticky_text.c_str());
    }
    if (result && result != CUDA_ERROR_NOT_READY && config().verbose) {
        fprintf(stderr, "cuemu: %s: %s%s%s\n", name, name_of(result).c_str(), explanation[0] ? ": " : "", explanation);
    }
    return result;
}

}  // namespace cuemu

// What the generated entry points of stubs.cpp do: the names that a program links against and the emulation lacks.
extern "C" int cuemu_not_emulated(const char* name, int status) {
    cuemu::report(std::string(name) + " was called, which is not emulated");
    return status;
}
