// Entry points for streams and events (captures are in graph.cpp).
#include "stream.h"

namespace cuemu {

namespace {

CUresult find_event(CUevent handle, std::shared_ptr<Event>* event) {
    *event = driver().events.find(handle);
    return *event ? CUDA_SUCCESS : fail(CUDA_ERROR_INVALID_HANDLE, "%p is no live event; was it destroyed?", (void*)handle);
}

// Waiting for a stream or event that is captured would wait for work that never runs; the capture is lost too.
CUresult check_not_captured(const Stream& stream) {
    if (!stream.capture) return CUDA_SUCCESS;
    stream.capture->invalidated = true;
    return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the stream is being captured: its work has not been enqueued");
}

CUresult check_not_captured(const Event& event) {
    if (!event.captured) return CUDA_SUCCESS;
    if (std::shared_ptr<Capture> capture = event.capture.lock()) capture->invalidated = true;
    return fail(CUDA_ERROR_CAPTURED_EVENT, "the event was last recorded in a capture");
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuStreamCreate(CUstream* handle, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!handle) return CUDA_ERROR_INVALID_VALUE;
        if (flags != CU_STREAM_NON_BLOCKING) return fail(CUDA_ERROR_NOT_SUPPORTED, "flags %u: only streams that do not block (1) are emulated", flags);
        *handle = (CUstream)driver().streams.add(std::make_shared<Stream>());
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamDestroy_v2(CUstream handle) {
    return entry(__func__, TEARDOWN, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (!handle || handle == CU_STREAM_LEGACY) return fail(CUDA_ERROR_INVALID_VALUE, "the default stream cannot be destroyed");
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (CUresult bad = check_not_captured(*stream)) return bad;
        driver().streams.remove(handle);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamSynchronize(CUstream handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (CUresult bad = check_not_captured(*stream)) return bad;
        wait_for(stream);
        return outcome();
    });
}

CUEMU_API cuEventCreate(CUevent* handle, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!handle) return CUDA_ERROR_INVALID_VALUE;
        if (flags != CU_EVENT_DEFAULT) return fail(CUDA_ERROR_NOT_SUPPORTED, "flags %u: only events that keep times (0) are emulated", flags);
        *handle = (CUevent)driver().events.add(std::make_shared<Event>());
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuEventDestroy_v2(CUevent handle) {
    return entry(__func__, TEARDOWN, [&]() -> CUresult {
        std::shared_ptr<Event> event;
        if (CUresult bad = find_event(handle, &event)) return bad;
        driver().events.remove(handle);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuEventRecord(CUevent event_handle, CUstream stream_handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        std::shared_ptr<Event> event;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        if (CUresult bad = find_event(event_handle, &event)) return bad;
        if (CUresult bad = check_capture(*stream)) return bad;
        *event = {stream, nullptr, stream->capture, stream->capture != nullptr};
        if (event->captured) return CUDA_SUCCESS;
        event->mark = std::make_shared<Mark>();
        return submit(stream, event->mark);
    });
}

CUEMU_API cuEventSynchronize(CUevent handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Event> event;
        if (CUresult bad = find_event(handle, &event)) return bad;
        if (CUresult bad = check_not_captured(*event)) return bad;
        if (event->mark) wait_for(event->stream, event->mark.get());
        return outcome();
    });
}

CUEMU_API cuEventElapsedTime(float* milliseconds, CUevent start_handle, CUevent end_handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Event> start, end;
        if (!milliseconds) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_event(start_handle, &start)) return bad;
        if (CUresult bad = find_event(end_handle, &end)) return bad;
        if (CUresult bad = check_not_captured(*start)) return bad;
        if (CUresult bad = check_not_captured(*end)) return bad;
        if (!start->mark || !end->mark) return fail(CUDA_ERROR_INVALID_HANDLE, "both events must have been recorded");
        if (!start->mark->reached || !end->mark->reached) return CUDA_ERROR_NOT_READY;
        *milliseconds = (float)(1e3 * (end->mark->seconds - start->mark->seconds));
        return CUDA_SUCCESS;
    });
}
