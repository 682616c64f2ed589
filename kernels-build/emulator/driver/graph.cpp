// Graphs as wholes: create, clone, instantiate, launch.
#include "graph.h"

#include <unordered_map>

#include "module.h"

namespace cuemu {

std::shared_ptr<GraphNode> add_node(const std::shared_ptr<Graph>& graph, Work work, std::vector<std::shared_ptr<GraphNode>> dependencies) {
    auto node = std::make_shared<GraphNode>();
    node->work = std::move(work);
    node->dependencies = std::move(dependencies);
    node->graph = graph;
    node->handle = driver().graph_nodes.add(node);
    graph->nodes.push_back(node);
    return node;
}

namespace {

CUresult find_graph(CUgraph handle, std::shared_ptr<Graph>* graph) {
    *graph = driver().graphs.find(handle);
    if (!*graph) return fail(CUDA_ERROR_INVALID_VALUE, "%p is no live graph; was it destroyed?", (void*)handle);
    return CUDA_SUCCESS;
}

CUresult find_exec(CUgraphExec handle, std::shared_ptr<GraphExec>* exec) {
    *exec = driver().graph_execs.find(handle);
    if (!*exec) return fail(CUDA_ERROR_INVALID_VALUE, "%p is no live executable graph; was it destroyed?", (void*)handle);
    return CUDA_SUCCESS;
}

// Orders the nodes so that dependencies come first; false when they form a circle.
bool order(const Graph& graph, std::vector<const GraphNode*>* sorted) {
    std::unordered_map<const GraphNode*, size_t> missing;
    std::unordered_map<const GraphNode*, std::vector<const GraphNode*>> successors;
    for (const auto& node : graph.nodes) {
        missing[node.get()] = node->dependencies.size();
        for (const auto& before : node->dependencies) successors[before.get()].push_back(node.get());
    }
    for (const auto& node : graph.nodes) {
        if (!missing[node.get()]) sorted->push_back(node.get());
    }
    for (size_t i = 0; i < sorted->size(); i++) {
        for (const GraphNode* next : successors[(*sorted)[i]]) {
            if (!--missing[next]) sorted->push_back(next);
        }
    }
    return sorted->size() == graph.nodes.size();
}

GraphNodes count_by_kind(const GraphExec& exec) {
    GraphNodes nodes;
    for (const GraphExec::Step& step : exec.steps) {
        if (std::holds_alternative<KernelWork>(step.work)) nodes.kernels++;
        else if (std::holds_alternative<HostWork>(step.work)) nodes.library_calls++;
        else if (std::holds_alternative<CopyWork>(step.work)) nodes.copies++;
        else if (std::holds_alternative<FillWork>(step.work)) nodes.fills++;
    }
    return nodes;
}

CUresult launch_captured(const GraphExec& exec, const std::shared_ptr<Stream>& stream) {
    // A graph launched into a capture becomes part of it; its nodes are added one by one instead of as a child graph.
    if (CUresult bad = check_capture(stream)) return bad;
    std::vector<std::shared_ptr<GraphNode>> made;
    std::set<std::shared_ptr<GraphNode>> leaves;
    for (const GraphExec::Step& step : exec.steps) {
        std::vector<std::shared_ptr<GraphNode>> before;
        for (size_t index : step.dependencies) before.push_back(made[index]);
        if (before.empty()) before.assign(stream->captured_tail.begin(), stream->captured_tail.end());
        made.push_back(add_node(stream->capture->graph, step.work, std::move(before)));
        if (step.leaf) leaves.insert(made.back());
    }
    if (!leaves.empty()) stream->captured_tail = leaves;
    return CUDA_SUCCESS;
}

CUresult launch(GraphExec& exec, const std::shared_ptr<Stream>& stream) {
    for (const GraphExec::Step& step : exec.steps) {
        const KernelWork* kernel = std::get_if<KernelWork>(&step.work);
        if (kernel && kernel->function->module.expired()) {
            return fail(CUDA_ERROR_INVALID_HANDLE, "%s: its module was unloaded after the graph was made", kernel->function->entry.name.c_str());
        }
    }
    if (stream->capture) return launch_captured(exec, stream);
    if (CUresult bad = check_legacy(stream)) return bad;
    std::vector<std::shared_ptr<Node>> start = stream_dependencies(stream);
    start.push_back(exec.last);
    std::vector<std::shared_ptr<Node>> made, leaves;
    for (const GraphExec::Step& step : exec.steps) {
        std::vector<std::shared_ptr<Node>> before;
        for (size_t index : step.dependencies) before.push_back(made[index]);
        made.push_back(make_node(stream->context, step.work, step.dependencies.empty() ? start : std::move(before)));
        if (step.leaf) leaves.push_back(made.back());
    }
    exec.last = enqueue(stream, NoWork{}, std::move(leaves));
    return CUDA_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuGraphCreate(CUgraph* handle, unsigned flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        if (!handle || flags) return CUDA_ERROR_INVALID_VALUE;
        auto graph = std::make_shared<Graph>();
        graph->handle = driver().graphs.add(graph);
        *handle = (CUgraph)graph->handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphDestroy(CUgraph handle) {
    return entry(__func__, TEARDOWN, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        if (CUresult bad = find_graph(handle, &graph)) return bad;
        driver().graphs.remove(handle);
        for (const auto& node : graph->nodes) {
            node->dependencies.clear();  // or the nodes would free each other in a recursion as deep as the graph
            driver().graph_nodes.remove((void*)node->handle);
        }
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphClone(CUgraph* clone_handle, CUgraph handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        if (!clone_handle) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_graph(handle, &graph)) return bad;
        std::vector<const GraphNode*> sorted;
        if (!order(*graph, &sorted)) return fail(CUDA_ERROR_INVALID_VALUE, "the graph has a circle");
        auto clone = std::make_shared<Graph>();
        std::unordered_map<const GraphNode*, std::shared_ptr<GraphNode>> twin;
        for (const GraphNode* node : sorted) {
            std::vector<std::shared_ptr<GraphNode>> before;
            for (const auto& dependency : node->dependencies) before.push_back(twin[dependency.get()]);
            twin[node] = add_node(clone, node->work, std::move(before));
        }
        clone->handle = driver().graphs.add(clone);
        *clone_handle = (CUgraph)clone->handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphInstantiateWithFlags(CUgraphExec* handle, CUgraph graph_handle, unsigned long long flags) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        if (!handle || flags & ~15ULL) return fail(CUDA_ERROR_INVALID_VALUE, "flags %llu", flags);
        if (CUresult bad = find_graph(graph_handle, &graph)) return bad;
        std::vector<const GraphNode*> sorted;
        if (!order(*graph, &sorted)) return fail(CUDA_ERROR_INVALID_VALUE, "the graph has a circle");
        auto exec = std::make_shared<GraphExec>();
        exec->context = current_context();
        std::unordered_map<const GraphNode*, size_t> index;
        for (const GraphNode* node : sorted) {
            GraphExec::Step step{node->handle, node->work, {}, true};
            for (const auto& before : node->dependencies) {
                step.dependencies.push_back(index[before.get()]);
                exec->steps[index[before.get()]].leaf = false;
            }
            index[node] = exec->steps.size();
            exec->steps.push_back(std::move(step));
        }
        driver().last_graph = count_by_kind(*exec);
        *handle = (CUgraphExec)driver().graph_execs.add(exec);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphUpload(CUgraphExec handle, CUstream stream_handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<GraphExec> exec;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_exec(handle, &exec)) return bad;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        if (stream->capture) {
            stream->capture->invalidated = true;
            return fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "an upload cannot be captured");
        }
        return submit(stream, NoWork{});
    });
}

CUEMU_API cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<GraphExec> exec;
        std::shared_ptr<Stream> stream;
        if (CUresult bad = find_exec(handle, &exec)) return bad;
        if (CUresult bad = find_stream(stream_handle, &stream)) return bad;
        return launch(*exec, stream);
    });
}

CUEMU_API cuGraphExecDestroy(CUgraphExec handle) {
    return entry(__func__, TEARDOWN, [&]() -> CUresult {
        std::shared_ptr<GraphExec> exec;
        if (CUresult bad = find_exec(handle, &exec)) return bad;
        driver().graph_execs.remove(handle);
        return CUDA_SUCCESS;
    });
}
