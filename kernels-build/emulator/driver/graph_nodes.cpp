// Nodes of graphs: building by hand, looking at what a capture recorded, changing kernel nodes.
#include <algorithm>

#include "graph.h"
#include "module.h"

namespace cuemu {

namespace {

CUresult find_graph(CUgraph handle, std::shared_ptr<Graph>* graph) {
    *graph = driver().graphs.find(handle);
    if (!*graph) return fail(CUDA_ERROR_INVALID_VALUE, "%p is no live graph; was it destroyed?", (void*)handle);
    return CUDA_SUCCESS;
}

CUresult find_node(CUgraphNode handle, std::shared_ptr<GraphNode>* node) {
    *node = driver().graph_nodes.find(handle);
    if (!*node) return fail(CUDA_ERROR_INVALID_VALUE, "%p is no node of a live graph; was the graph destroyed?", (void*)handle);
    return CUDA_SUCCESS;
}

CUresult find_nodes(const std::shared_ptr<Graph>& graph, const CUgraphNode* handles, size_t count, std::vector<std::shared_ptr<GraphNode>>* nodes) {
    if (count && !handles) return fail(CUDA_ERROR_INVALID_VALUE, "%zu nodes at a null pointer", count);
    for (size_t i = 0; i < count; i++) {
        std::shared_ptr<GraphNode> node;
        if (CUresult bad = find_node(handles[i], &node)) return bad;
        if (node->graph.lock() != graph) return fail(CUDA_ERROR_INVALID_VALUE, "node %zu belongs to another graph", i);
        nodes->push_back(std::move(node));
    }
    return CUDA_SUCCESS;
}

// The API's way to return a list: with a null array the count, else up to *count entries and the number filled.
CUresult give(const std::vector<std::shared_ptr<GraphNode>>& nodes, CUgraphNode* handles, size_t* count) {
    if (!count) return CUDA_ERROR_INVALID_VALUE;
    if (handles) {
        for (size_t i = 0; i < *count; i++) handles[i] = i < nodes.size() ? (CUgraphNode)nodes[i]->handle : nullptr;
    }
    *count = handles ? std::min(*count, nodes.size()) : nodes.size();
    return CUDA_SUCCESS;
}

CUresult kernel_work(const CUDA_KERNEL_NODE_PARAMS* params, KernelWork* work) {
    if (!params) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Function> function;
    if (CUresult bad = find_function(params->func, &function)) return bad;
    const unsigned grid[] = {params->gridDimX, params->gridDimY, params->gridDimZ};
    const unsigned block[] = {params->blockDimX, params->blockDimY, params->blockDimZ};
    return prepare_launch(function, grid, block, params->sharedMemBytes, params->kernelParams, params->extra, work);
}

int type_of(const Work& work) {
    if (std::holds_alternative<KernelWork>(work) || std::holds_alternative<HostWork>(work)) return CU_GRAPH_NODE_TYPE_KERNEL;
    if (std::holds_alternative<CopyWork>(work)) return CU_GRAPH_NODE_TYPE_MEMCPY;
    if (std::holds_alternative<FillWork>(work)) return CU_GRAPH_NODE_TYPE_MEMSET;
    return CU_GRAPH_NODE_TYPE_EMPTY;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUEMU_API cuGraphAddKernelNode_v2(CUgraphNode* handle, CUgraph graph_handle, const CUgraphNode* dependencies, size_t count,
                                  const CUDA_KERNEL_NODE_PARAMS* params) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        std::vector<std::shared_ptr<GraphNode>> before;
        KernelWork work;
        if (!handle) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_graph(graph_handle, &graph)) return bad;
        if (CUresult bad = find_nodes(graph, dependencies, count, &before)) return bad;
        if (CUresult bad = kernel_work(params, &work)) return bad;
        *handle = (CUgraphNode)add_node(graph, std::move(work), std::move(before))->handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphAddEmptyNode(CUgraphNode* handle, CUgraph graph_handle, const CUgraphNode* dependencies, size_t count) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        std::vector<std::shared_ptr<GraphNode>> before;
        if (!handle) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_graph(graph_handle, &graph)) return bad;
        if (CUresult bad = find_nodes(graph, dependencies, count, &before)) return bad;
        *handle = (CUgraphNode)add_node(graph, NoWork{}, std::move(before))->handle;
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphAddDependencies(CUgraph graph_handle, const CUgraphNode* from, const CUgraphNode* to, size_t count) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        std::vector<std::shared_ptr<GraphNode>> before, after;
        if (CUresult bad = find_graph(graph_handle, &graph)) return bad;
        if (CUresult bad = find_nodes(graph, from, count, &before)) return bad;
        if (CUresult bad = find_nodes(graph, to, count, &after)) return bad;
        for (size_t i = 0; i < count; i++) {
            auto& own = after[i]->dependencies;
            if (before[i] == after[i] || std::find(own.begin(), own.end(), before[i]) != own.end()) {
                return fail(CUDA_ERROR_INVALID_VALUE, "edge %zu exists already or joins a node with itself", i);
            }
            own.push_back(before[i]);
        }
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, size_t* count) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        if (CUresult bad = find_graph(handle, &graph)) return bad;
        return give(graph->nodes, nodes, count);
    });
}

CUEMU_API cuGraphGetRootNodes(CUgraph handle, CUgraphNode* nodes, size_t* count) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        std::vector<std::shared_ptr<GraphNode>> roots;
        if (CUresult bad = find_graph(handle, &graph)) return bad;
        for (const auto& node : graph->nodes) {
            if (node->dependencies.empty()) roots.push_back(node);
        }
        return give(roots, nodes, count);
    });
}

CUEMU_API cuGraphGetEdges(CUgraph handle, CUgraphNode* from, CUgraphNode* to, size_t* count) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<Graph> graph;
        std::vector<std::shared_ptr<GraphNode>> starts, ends;
        if (!count || !from != !to) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_graph(handle, &graph)) return bad;
        for (const auto& node : graph->nodes) {
            for (const auto& before : node->dependencies) {
                starts.push_back(before);
                ends.push_back(node);
            }
        }
        size_t again = *count;
        CUresult result = give(starts, from, count);
        return result ? result : give(ends, to, from ? &again : count);
    });
}

CUEMU_API cuGraphNodeGetType(CUgraphNode handle, int* type) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<GraphNode> node;
        if (!type) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_node(handle, &node)) return bad;
        *type = type_of(node->work);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphNodeGetDependencies(CUgraphNode handle, CUgraphNode* dependencies, size_t* count) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<GraphNode> node;
        if (CUresult bad = find_node(handle, &node)) return bad;
        return give(node->dependencies, dependencies, count);
    });
}

CUEMU_API cuGraphNodeGetDependentNodes(CUgraphNode handle, CUgraphNode* dependents, size_t* count) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<GraphNode> node;
        std::vector<std::shared_ptr<GraphNode>> found;
        if (CUresult bad = find_node(handle, &node)) return bad;
        for (const auto& other : node->graph.lock()->nodes) {
            if (std::count(other->dependencies.begin(), other->dependencies.end(), node)) found.push_back(other);
        }
        return give(found, dependents, count);
    });
}

CUEMU_API cuGraphKernelNodeGetParams_v2(CUgraphNode handle, CUDA_KERNEL_NODE_PARAMS* params) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<GraphNode> node;
        if (!params) return CUDA_ERROR_INVALID_VALUE;
        if (CUresult bad = find_node(handle, &node)) return bad;
        KernelWork* work = std::get_if<KernelWork>(&node->work);
        if (!work) return fail(CUDA_ERROR_INVALID_VALUE, "the node is no kernel node");
        node->parameters.clear();
        for (auto& argument : work->launch.arguments) node->parameters.push_back(argument.data());
        const Launch& l = work->launch;
        *params = {(CUfunction)work->function->handle, l.grid.x, l.grid.y, l.grid.z, l.block.x, l.block.y, l.block.z, (unsigned)l.dynamic_shared,
                   node->parameters.data(), nullptr, nullptr, nullptr};
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphKernelNodeSetParams_v2(CUgraphNode handle, const CUDA_KERNEL_NODE_PARAMS* params) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<GraphNode> node;
        KernelWork work;
        if (CUresult bad = find_node(handle, &node)) return bad;
        if (!std::holds_alternative<KernelWork>(node->work)) return fail(CUDA_ERROR_INVALID_VALUE, "the node is no kernel node");
        if (CUresult bad = kernel_work(params, &work)) return bad;
        node->work = std::move(work);
        return CUDA_SUCCESS;
    });
}

CUEMU_API cuGraphExecKernelNodeSetParams_v2(CUgraphExec exec_handle, CUgraphNode handle, const CUDA_KERNEL_NODE_PARAMS* params) {
    return entry(__func__, CURRENT, [&]() -> CUresult {
        std::shared_ptr<GraphExec> exec = driver().graph_execs.find(exec_handle);
        if (!exec) return fail(CUDA_ERROR_INVALID_VALUE, "%p is no live executable graph; was it destroyed?", (void*)exec_handle);
        KernelWork work;
        if (CUresult bad = kernel_work(params, &work)) return bad;
        for (GraphExec::Step& step : exec->steps) {
            if (step.source != (uintptr_t)handle) continue;
            if (!std::holds_alternative<KernelWork>(step.work)) return fail(CUDA_ERROR_INVALID_VALUE, "the node is no kernel node");
            step.work = std::move(work);
            return CUDA_SUCCESS;
        }
        return fail(CUDA_ERROR_INVALID_VALUE, "the executable graph was not made from a graph with this node");
    });
}
