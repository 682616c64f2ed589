#include "stream.h"

#include <algorithm>
#include <chrono>
#include <random>

namespace cuemu {

namespace {

constexpr size_t MOST_PENDING = 20000;  // of a stream: a program that never waits must not fill the memory

std::mt19937& chooser() {
    static std::mt19937* generator = new std::mt19937;
    static unsigned seeded = 0;
    if (driver().lazy_seed != seeded) {
        seeded = driver().lazy_seed;
        generator->seed(seeded);
    }
    return *generator;
}

void run(const Work& work) {
    if (auto* mark = std::get_if<std::shared_ptr<Mark>>(&work)) {
        **mark = {true, std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count()};
    } else if (!driver().primary->sticky) {
        perform(work);
    }
}

void run_next(std::shared_ptr<Stream> stream) {
    Work work = std::move(stream->queue.front());
    stream->queue.pop_front();
    auto& busy = driver().busy;
    if (stream->queue.empty()) busy.erase(std::find(busy.begin(), busy.end(), stream));
    run(work);
}

CUresult record(Capture& capture, Work work) {
    if (const CopyWork* copy = std::get_if<CopyWork>(&work)) {
        // A real driver records the address, which is gone (a Java array) or changed (a stack variable) when the graph runs.
        if (copy->to_place == Place::Pageable || copy->from_place == Place::Pageable) {
            capture.invalidated = true;
            return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                        "a copy with pageable host memory would leave a dangling address in the graph; use memory of cuMemAllocHost");
        }
    }
    capture.graph->nodes.push_back(std::move(work));
    return CUDA_SUCCESS;
}

}  // namespace

CUresult find_stream(CUstream handle, std::shared_ptr<Stream>* stream) {
    *stream = !handle || handle == CU_STREAM_LEGACY ? driver().primary->legacy : driver().streams.find(handle);
    return *stream ? CUDA_SUCCESS : fail(CUDA_ERROR_INVALID_HANDLE, "%p is no live stream; was it destroyed?", (void*)handle);
}

CUresult check_capture(const Stream& stream) {
    if (!stream.capture || !stream.capture->invalidated) return CUDA_SUCCESS;
    return fail(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the capture was invalidated by an earlier call; end it and capture again");
}

CUresult submit(const std::shared_ptr<Stream>& stream, Work work) {
    if (CUresult bad = check_capture(*stream)) return bad;
    if (stream->capture) return record(*stream->capture, std::move(work));
    if (!driver().lazy_seed) {
        run(work);
        return CUDA_SUCCESS;
    }
    if (stream->queue.empty()) driver().busy.push_back(stream);
    stream->queue.push_back(std::move(work));
    if (stream->queue.size() > MOST_PENDING) run_next(stream);
    return CUDA_SUCCESS;
}

void wait_for(const std::shared_ptr<Stream>& stream, const Mark* mark) {
    while (!stream->queue.empty() && !(mark && mark->reached)) run_next(stream);
}

void wait_for_all() {
    auto& busy = driver().busy;
    while (!busy.empty()) run_next(busy[chooser()() % busy.size()]);
}

CUresult outcome() {
    const Context& context = *driver().primary;
    return context.sticky ? fail(context.sticky, "%s", context.sticky_text.c_str()) : CUDA_SUCCESS;
}

void fault(int code, const std::string& text) {
    Context& context = *driver().primary;
    driver().faults++;
    if (!context.sticky) {
        context.sticky = code;
        context.sticky_text = text;
    }
    size_t begin = 0;
    while (begin < text.size()) {
        size_t end = text.find('\n', begin);
        if (end == std::string::npos) end = text.size();
        if (end > begin) report(text.substr(begin, end - begin));
        begin = end + 1;
    }
}

}  // namespace cuemu
