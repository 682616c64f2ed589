// Captures of a stream, and the graphs that come of them.
#include "module.h"

namespace cuemu {

namespace {

CUresult find(const Handles<Graph>& handles, void* handle, std::shared_ptr<Graph>* graph) {
    *graph = handles.find(handle);
    return *graph ? CUDA_SUCCESS : fail(CUDA_ERROR_INVALID_VALUE, "%p is no live graph of this kind; was it destroyed?", handle);
}

CUresult destroy(const char* name, Handles<Graph>& handles, void* handle) {
    return entry(name, TEARDOWN, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        if (CUresult bad = find(handles, handle, &graph)) return bad;
        handles.remove(handle);
        return CUDA_SUCCESS;
    });
}

GraphNodes count_by_kind(const Graph& graph) {
    GraphNodes nodes;
    for (const Work& work : graph.nodes) {
        if (std::holds_alternative<KernelWork>(work)) nodes.kernels++;
        else if (std::holds_alternative<HostWork>(work)) nodes.library_calls++;
        else if (std::holds_alternative<CopyWork>(work)) nodes.copies++;
        else nodes.fills++;
    }
    return nodes;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuStreamBeginCapture_v2(CUstream handle, int mode) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (mode != CU_STREAM_CAPTURE_MODE_RELAXED) return fail(CUDA_ERROR_NOT_SUPPORTED, "capture mode %d: only the relaxed one (2) is emulated", mode);
        if (stream == driver().primary->legacy) return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the legacy default stream cannot be captured; create a stream");
        if (stream->capture) return fail(CUDA_ERROR_ILLEGAL_STATE, "the stream is being captured already");
        stream->capture = std::make_shared<Capture>();
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuStreamEndCapture(CUstream handle, CUgraph* graph) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!graph) return CUDA_ERROR_INVALID_VALUE;
        *graph = nullptr;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        if (!stream->capture) return fail(CUDA_ERROR_ILLEGAL_STATE, "the stream is not being captured");
        const CUresult result = check_capture(*stream);
        if (!result) *graph = (CUgraph)driver().graphs.add(stream->capture->graph);
        stream->capture = nullptr;
        return result;
    });
}

CUEMU_API cuStreamIsCapturing(CUstream handle, int* status) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!status) return CUDA_ERROR_INVALID_VALUE;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_stream(handle, &stream)) return bad;
        *status = !stream->capture ? CU_STREAM_CAPTURE_STATUS_NONE
                  : stream->capture->invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED : CU_STREAM_CAPTURE_STATUS_ACTIVE;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, size_t* count) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        if (CUresult bad = find(driver().graphs, handle, &graph)) return bad;
        if (!count) return CUDA_ERROR_INVALID_VALUE;
        if (nodes) return fail(CUDA_ERROR_NOT_SUPPORTED, "only the number of nodes is emulated, for a null pointer to nodes");
        *count = graph->nodes.size();
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphDestroy(CUgraph handle) { return destroy(__func__, driver().graphs, handle); }

CUEMU_API cuGraphInstantiateWithFlags(CUgraphExec* handle, CUgraph graph_handle, unsigned long long flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        if (!handle || flags & ~15ULL) return fail(CUDA_ERROR_INVALID_VALUE, "flags %llu", flags);
        if (CUresult bad = find(driver().graphs, graph_handle, &graph)) return bad;
        driver().last_graph = count_by_kind(*graph);
        *handle = (CUgraphExec)driver().executables.add(graph);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find(driver().executables, handle, &graph)) return bad;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        for (const Work& work : graph->nodes) {
            const KernelWork* kernel = std::get_if<KernelWork>(&work);
            if (kernel && kernel->function->module.expired()) {
                return fail(CUDA_ERROR_INVALID_HANDLE, "%s: its module was unloaded after the graph was made", kernel->function->entry.name.c_str());
            }
        }
        for (const Work& work : graph->nodes) {
            if (CUresult bad = submit(stream, work)) return bad;
        }
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphExecDestroy(CUgraphExec handle) { return destroy(__func__, driver().executables, handle); }
