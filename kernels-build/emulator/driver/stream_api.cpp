// Entry points for streams and events (their captures are in capture.cpp).
#include "graph.h"
#include "memory.h"

namespace cuemu {

namespace {

CUresult create_stream(CUstream* handle, unsigned flags, int priority) {
    if (!handle || flags > CU_STREAM_NON_BLOCKING) return fail(CUDA_ERROR_INVALID_VALUE, "flags must be 0 or 1, not %u", flags);
    static uint64_t next = 1;
    auto stream = std::make_shared<Stream>();
    stream->id = ++next;
    stream->context = current_context();
    stream->flags = flags;
    stream->priority = priority < -5 ? -5 : priority > 0 ? 0 : priority;
    stream->handle = driver().streams.add(stream);
    *handle = (CUstream)stream->handle;
    return CUDA_SUCCESS;
}

CUresult find_event(CUevent handle, std::shared_ptr<Event>* event) {
    *event = driver().events.find(handle);
    if (!*event) return fail(CUDA_ERROR_INVALID_HANDLE, "%p is no live event; was it destroyed?", (void*)handle);
    return CUDA_SUCCESS;
}

// Waiting for a stream or event that is captured would wait for work that never runs; the capture is lost too.
CUresult check_not_captured(const std::shared_ptr<Stream>& stream) {
    if (!stream->capture) return check_legacy(stream);
    stream->capture->invalidated = true;
    return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the stream is being captured: its work has not been enqueued");
}

CUresult check_not_captured(const Event& event) {
    if (!event.captured) return CUDA_SUCCESS;
    if (std::shared_ptr<Capture> capture = event.capture.lock()) capture->invalidated = true;
    return fail(CUDA_ERROR_CAPTURED_EVENT, "the event was last recorded in a capture");
}

CUresult record(CUevent event_handle, CUstream stream_handle, unsigned flags) {
    if (flags) return fail(CUDA_ERROR_INVALID_VALUE, "flags must be 0, not %u: external event nodes are not emulated", flags);
    std::shared_ptr<Stream> stream;
    std::shared_ptr<Event> event;
    if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
    if (CUresult bad = find_event(event_handle, &event)) return bad;
    if (event->context != stream->context) return fail(CUDA_ERROR_INVALID_HANDLE, "the event and the stream belong to two contexts");
    if (CUresult bad = check_capture(stream)) return bad;
    event->captured = stream->capture != nullptr;
    event->capture = stream->capture;
    event->captured_tail = stream->captured_tail;
    event->recorded = nullptr;
    if (event->captured) return CUDA_SUCCESS;
    if (CUresult bad = check_legacy(stream)) return bad;
    event->recorded = enqueue(stream, NoWork{});
    return CUDA_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuStreamCreate(CUstream* handle, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult { return create_stream(handle, flags, 0); });
}

CUEMU_API cuStreamCreateWithPriority(CUstream* handle, unsigned flags, int priority) {
    return entry(__func__, CURRENT, [&]() -> CUresult { return create_stream(handle, flags, priority); });
}

CUEMU_API cuStreamDestroy_v2(CUstream handle) {
    return entry(__func__, TEARDOWN, [&]() -> CUresult {
        if (!handle || handle == CU_STREAM_LEGACY || handle == CU_STREAM_PER_THREAD) return fail(CUDA_ERROR_INVALID_VALUE, "a default stream cannot be destroyed");
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (stream->capture) return check_not_captured(stream);
        if (stream->tail && !stream->tail->done) stream->tail->orphan = true;
        driver().streams.remove(handle);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamGetPriority(CUstream handle, int* priority) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (!priority) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        *priority = stream->priority;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamGetFlags(CUstream handle, unsigned* flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (!flags) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        *flags = stream->flags;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamGetCtx(CUstream handle, CUcontext* context) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (!context) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        *context = (CUcontext)contexts_of_thread().back();
        for (const auto& [live, owner] : driver().contexts.live()) {
            if (owner == stream->context) *context = (CUcontext)live;
        }
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamGetId(CUstream handle, unsigned long long* id) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (!id) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        *id = stream->id;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamSynchronize(CUstream handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (CUresult bad = check_not_captured(stream)) return bad;
        for (const auto& node : stream_dependencies(stream)) {
            // A wait for an own stream does not wait for the legacy stream's later work; for the legacy stream all of them count.
            if (node == stream->tail || stream == stream->context->legacy) wait_for(node);
        }
        return outcome(stream->context);
    });
}

CUEMU_API cuStreamQuery(CUstream handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (CUresult bad = check_not_captured(stream)) return bad;
        bool done = !stream->tail || stream->tail->done || advance(stream->tail);
        if (CUresult bad = outcome(stream->context)) return bad;
        return done ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
    });
}

CUEMU_API cuEventCreate(CUevent* handle, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!handle || flags > 7) return fail(CUDA_ERROR_INVALID_VALUE, "flags %u", flags);
        if (flags & CU_EVENT_INTERPROCESS) return fail(CUDA_ERROR_NOT_SUPPORTED, "events between processes are not emulated");
        auto event = std::make_shared<Event>();
        event->context = current_context();
        event->flags = flags;
        *handle = (CUevent)driver().events.add(event);
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

CUEMU_API cuEventRecord(CUevent event, CUstream stream) {
    return entry(__func__, CURRENT, [&]() -> CUresult { return record(event, stream, 0); });
}

CUEMU_API cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult { return record(event, stream, flags); });
}

CUEMU_API cuEventQuery(CUevent handle) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult {
        std::shared_ptr<Event> event;
        if (CUresult bad = find_event(handle, &event)) return bad;
        if (CUresult bad = check_not_captured(*event)) return bad;
        bool done = !event->recorded || event->recorded->done || advance(event->recorded);
        if (CUresult bad = outcome(event->context)) return bad;
        return done ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
    });
}

CUEMU_API cuEventSynchronize(CUevent handle) {
    return entry(__func__, CURRENT | CAPTURE_UNSAFE, [&]() -> CUresult {
        std::shared_ptr<Event> event;
        if (CUresult bad = find_event(handle, &event)) return bad;
        if (CUresult bad = check_not_captured(*event)) return bad;
        if (event->recorded) wait_for(event->recorded);
        return outcome(event->context);
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
        if (((start->flags | end->flags) & CU_EVENT_DISABLE_TIMING) || !start->recorded || !end->recorded) {
            return fail(CUDA_ERROR_INVALID_HANDLE, "both events must keep times and have been recorded");
        }
        if (!start->recorded->done || !end->recorded->done) return CUDA_ERROR_NOT_READY;
        *milliseconds = (float)(1e3 * (end->recorded->finished_seconds - start->recorded->finished_seconds));
        return CUDA_SUCCESS;
    });
}
