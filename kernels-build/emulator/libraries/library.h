// The frame that every entry point of the stand-ins for cuBLAS and cuDNN runs in.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "../driver/host_work.h"
#include "../driver/state.h"

#define LIBRARY_API extern "C" __attribute__((visibility("default")))

namespace cuemu {

// One lock for each library: handles and descriptors are few, and speed is no matter.
std::mutex& library_mutex();

// The sentence that explains the status which the running call returns; empty after a call that succeeded.
std::string& explanation();

// Returns `status`, with a sentence.
int refuse(int status, const char* format, ...) __attribute__((format(printf, 2, 3)));

// What CUEMU_LIBRARY_FAIL or a control plans for this call of an entry point: a status of the library, or 0.
int planned_status(const char* name);

// Ends the process as cuDNN 9 does when a call needs one of its parts that CUEMU_CUDNN_MISSING takes away.
void need_part(const char* part, const char* symbol);

// Every entry point that can be refused is `return library_call(__func__, [&]() -> int { ... });`.
template <class Body>
int library_call(const char* name, Body&& body) {
    std::lock_guard<std::mutex> lock(library_mutex());
    explanation().clear();
    int planned = planned_status(name);
    int status = planned ? refuse(planned, "this failure was planned by CUEMU_LIBRARY_FAIL or a control") : body();
    if (status) cuemuExplain(name, status, explanation().empty() ? "the driver refused it" : explanation().c_str());
    return status;
}

// Enqueues run(arguments); the arguments are copied byte by byte. Multiplications are counted with their additions.
template <class Arguments>
CUresult enqueue_work(const char* name, CUstream stream, void (*run)(const void*), const Arguments& arguments, const std::vector<Range>& ranges,
                      size_t multiplications) {
    static_assert(std::is_trivially_copyable<Arguments>::value, "arguments are copied as bytes");
    return cuemuEnqueueHost(name, stream, run, &arguments, sizeof arguments, ranges.data(), ranges.size(), multiplications);
}

}  // namespace cuemu
