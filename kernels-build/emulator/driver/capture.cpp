// Capture of streams into graphs: fork and join through events, and the calls that a capture forbids.
#include <algorithm>

#include "graph.h"

namespace cuemu {

CUresult check_capture(const std::shared_ptr<Stream>& stream) {
    if (!stream->capture || !stream->capture->invalidated) return CUDA_SUCCESS;
    return fail(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the capture was invalidated by an earlier call; end it and capture again");
}

namespace {

CUresult invalidate(const std::shared_ptr<Stream>& stream, CUresult code, const char* why) {
    stream->capture->invalidated = true;
    return fail(code, "%s", why);
}

void end(const std::shared_ptr<Capture>& capture) {
    for (const std::shared_ptr<Stream>& stream : capture->streams) {
        stream->capture = nullptr;
        stream->captured_tail.clear();
    }
    auto& running = driver().captures;
    running.erase(std::remove(running.begin(), running.end(), capture), running.end());
}

// Whether every captured node is one that the origin's tail waits for.
bool joined(const Capture& capture) {
    std::set<const GraphNode*> reached;
    std::vector<const GraphNode*> open;
    for (const auto& node : capture.origin->captured_tail) open.push_back(node.get());
    while (!open.empty()) {
        const GraphNode* node = open.back();
        open.pop_back();
        if (!reached.insert(node).second) continue;
        for (const auto& before : node->dependencies) open.push_back(before.get());
    }
    return reached.size() == capture.graph->nodes.size();
}

}  // namespace

CUresult capture_work(const std::shared_ptr<Stream>& stream, Work work) {
    if (CUresult bad = check_capture(stream)) return bad;
    if (const CopyWork* copy = std::get_if<CopyWork>(&work)) {
        // A real driver records the address, which is gone (a Java array) or changed (a stack variable) when the graph runs.
        if (copy->to_place == Place::Pageable || copy->from_place == Place::Pageable) {
            return invalidate(stream, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                              "a copy with pageable host memory would leave a dangling address in the graph; use memory of cuMemAllocHost");
        }
    }
    if (std::holds_alternative<FreeWork>(work)) return invalidate(stream, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuMemFreeAsync is not emulated in captures");
    std::vector<std::shared_ptr<GraphNode>> before(stream->captured_tail.begin(), stream->captured_tail.end());
    stream->captured_tail = {add_node(stream->capture->graph, std::move(work), std::move(before))};
    return CUDA_SUCCESS;
}

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuStreamBeginCapture_v2(CUstream handle, int mode) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (mode < CU_STREAM_CAPTURE_MODE_GLOBAL || mode > CU_STREAM_CAPTURE_MODE_RELAXED) return fail(CUDA_ERROR_INVALID_VALUE, "capture mode %d", mode);
        if (stream == stream->context->legacy) return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the legacy default stream cannot be captured; create a stream");
        if (stream->capture) return fail(CUDA_ERROR_ILLEGAL_STATE, "the stream is being captured already");
        static uint64_t next = 0;
        auto capture = std::make_shared<Capture>();
        capture->id = ++next;
        capture->mode = mode;
        capture->thread = std::this_thread::get_id();
        capture->origin = stream;
        capture->streams = {stream};
        capture->graph = std::make_shared<Graph>();
        stream->capture = capture;
        driver().captures.push_back(capture);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamEndCapture(CUstream handle, CUgraph* graph) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!graph) return CUDA_ERROR_INVALID_VALUE;
        *graph = nullptr;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        std::shared_ptr<Capture> capture = stream->capture;
        if (!capture) return fail(CUDA_ERROR_ILLEGAL_STATE, "the stream is not being captured");
        if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != std::this_thread::get_id()) {
            return fail(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "another thread began the capture");
        }
        if (capture->origin != stream) return invalidate(stream, CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "the capture began on another stream; end it there");
        CUresult result = CUDA_SUCCESS;
        if (capture->invalidated) result = check_capture(stream);
        else if (!joined(*capture)) result = fail(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "a forked stream has work that the capture's stream does not wait for; join it with an event");
        end(capture);
        if (result) return result;
        capture->graph->handle = driver().graphs.add(capture->graph);
        *graph = (CUgraph)capture->graph->handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamIsCapturing(CUstream handle, int* status) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!status) return CUDA_ERROR_INVALID_VALUE;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (CUresult bad = check_legacy(stream)) return bad;
        *status = !stream->capture ? CU_STREAM_CAPTURE_STATUS_NONE
                  : stream->capture->invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED : CU_STREAM_CAPTURE_STATUS_ACTIVE;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuThreadExchangeStreamCaptureMode(int* mode) {
    return entry(__func__, INITIALISED, [&]() -> CUresult {
        if (!mode || *mode < CU_STREAM_CAPTURE_MODE_GLOBAL || *mode > CU_STREAM_CAPTURE_MODE_RELAXED) return CUDA_ERROR_INVALID_VALUE;
        std::swap(*mode, capture_mode_of_thread());
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamWaitEvent(CUstream stream_handle, CUevent event_handle, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (flags) return fail(CUDA_ERROR_INVALID_VALUE, "flags must be 0, not %u", flags);
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        std::shared_ptr<Event> event = driver().events.find(event_handle);
        if (!event) return fail(CUDA_ERROR_INVALID_HANDLE, "%p is no live event; was it destroyed?", (void*)event_handle);
        if (CUresult bad = check_capture(stream)) return bad;
        if (event->captured) {
            std::shared_ptr<Capture> capture = event->capture.lock();
            if (!capture) return fail(CUDA_ERROR_CAPTURED_EVENT, "the event was last recorded in a capture that has ended; record it anew");
            if (stream == stream->context->legacy) {
                capture->invalidated = true;
                return fail(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "the legacy default stream cannot join a capture");
            }
            if (stream->capture && stream->capture != capture) {
                capture->invalidated = true;
                return invalidate(stream, CUDA_ERROR_STREAM_CAPTURE_MERGE, "the stream and the event belong to two captures");
            }
            if (!stream->capture) {
                stream->capture = capture;
                capture->streams.insert(stream);
            }
            stream->captured_tail.insert(event->captured_tail.begin(), event->captured_tail.end());
            return CUDA_SUCCESS;
        }
        if (!event->recorded) return CUDA_SUCCESS;
        if (stream->capture) {
            return invalidate(stream, CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "a stream in capture cannot wait for an event that was recorded outside of it");
        }
        if (CUresult bad = check_legacy(stream)) return bad;
        enqueue(stream, NoWork{}, {event->recorded});
        return CUDA_SUCCESS;
    });
}
