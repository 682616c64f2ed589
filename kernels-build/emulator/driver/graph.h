// Graphs: work recorded by a capture or built node by node, and instances that can be launched again and again.
#pragma once

#include <memory>
#include <vector>

#include "stream.h"

namespace cuemu {

struct GraphNode {
    uintptr_t handle;
    Work work;
    std::vector<std::shared_ptr<GraphNode>> dependencies;
    std::weak_ptr<Graph> graph;
    std::vector<void*> parameters;  // what cuGraphKernelNodeGetParams points into
};

struct Graph {
    uintptr_t handle = 0;
    std::vector<std::shared_ptr<GraphNode>> nodes;  // in the order they were added, which is a topological one for captures
};

// A frozen copy of a graph. Nodes are known by the handles of the nodes they were made from.
struct GraphExec {
    struct Step {
        uintptr_t source;
        Work work;
        std::vector<size_t> dependencies;  // indices of earlier steps
        bool leaf;
    };
    std::vector<Step> steps;          // in topological order
    std::shared_ptr<Node> last;       // launches of one instance run one after the other
    std::shared_ptr<Context> context;
};

std::shared_ptr<GraphNode> add_node(const std::shared_ptr<Graph>& graph, Work work, std::vector<std::shared_ptr<GraphNode>> dependencies);

// Records `work` on a stream that is being captured (capture.cpp).
CUresult capture_work(const std::shared_ptr<Stream>& stream, Work work);

// 901 when the stream's capture was invalidated before.
CUresult check_capture(const std::shared_ptr<Stream>& stream);

}  // namespace cuemu
