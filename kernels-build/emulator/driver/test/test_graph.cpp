#include <thread>

#include "harness.h"

using namespace cuemu;

static CUstream stream(unsigned flags) {
    CUstream s;
    GOOD(cuStreamCreate(&s, flags));
    return s;
}

static CUgraph captured_add(CUstream s, CUdeviceptr x, float value) {
    CUgraph graph;
    kernel("add_f32");
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
    GOOD(launch_add(s, x, value, 64));
    GOOD(cuStreamEndCapture(s, &graph));
    return graph;
}

TEST(captured_work_runs_at_each_launch_of_the_graph) {
    open_device();
    CUstream s = stream(CU_STREAM_NON_BLOCKING);
    CUdeviceptr x = device_floats(64, 0);
    CUgraph graph = captured_add(s, x, 1);
    EXPECT(0, read_float(x, 0));
    CUgraphExec exec;
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    GOOD(cuGraphDestroy(graph));
    GOOD(cuGraphUpload(exec, s));
    for (int i = 0; i < 5; i++) GOOD(cuGraphLaunch(exec, s));
    GOOD(cuStreamSynchronize(s));
    EXPECT(5, read_float(x, 63));
    GOOD(cuGraphExecDestroy(exec));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphLaunch(exec, s));
    GOOD(cuMemFree_v2(x));
}

TEST_WITH(forks_and_joins_become_edges, "CUEMU_LAZY=4") {
    open_device();
    CUstream a = stream(CU_STREAM_NON_BLOCKING), b = stream(CU_STREAM_NON_BLOCKING);
    CUevent fork, join;
    GOOD(cuEventCreate(&fork, CU_EVENT_DISABLE_TIMING));
    GOOD(cuEventCreate(&join, CU_EVENT_DISABLE_TIMING));
    CUdeviceptr x = device_floats(64, 0), y = device_floats(64, 0);
    kernel("add_f32");
    CUgraph graph;
    int status;
    GOOD(cuStreamBeginCapture_v2(a, CU_STREAM_CAPTURE_MODE_RELAXED));
    GOOD(cuMemsetD32Async(x, 0, 64, a));
    GOOD(cuEventRecord(fork, a));
    GOOD(cuStreamWaitEvent(b, fork, 0));
    GOOD(cuStreamIsCapturing(b, &status));
    EXPECT(CU_STREAM_CAPTURE_STATUS_ACTIVE, status);
    GOOD(launch_add(b, y, 1, 64));
    GOOD(launch_add(a, x, 1, 64));
    GOOD(cuEventRecord(join, b));
    GOOD(cuStreamWaitEvent(a, join, 0));
    GOOD(cuMemcpyDtoDAsync_v2(x, y, 128, a));
    GOOD(cuStreamEndCapture(a, &graph));
    GOOD(cuStreamIsCapturing(b, &status));
    EXPECT(CU_STREAM_CAPTURE_STATUS_NONE, status);
    size_t nodes = 0, edges = 0, roots = 0, count;
    GOOD(cuGraphGetNodes(graph, nullptr, &nodes));
    EXPECT(4, nodes);
    GOOD(cuGraphGetEdges(graph, nullptr, nullptr, &edges));
    EXPECT(4, edges);
    GOOD(cuGraphGetRootNodes(graph, nullptr, &roots));
    EXPECT(1, roots);
    CUgraphNode all[4], few[4];
    GOOD(cuGraphGetNodes(graph, all, &nodes));
    count = 4;
    GOOD(cuGraphNodeGetDependencies(all[3], few, &count));
    EXPECT(2, count);
    GOOD(cuGraphNodeGetDependentNodes(all[0], nullptr, &count));
    EXPECT(2, count);
    int type;
    GOOD(cuGraphNodeGetType(all[3], &type));
    EXPECT(CU_GRAPH_NODE_TYPE_MEMCPY, type);
    CUgraphExec exec;
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    GOOD(cuCtxSynchronize());
    for (int i = 0; i < 3; i++) GOOD(cuGraphLaunch(exec, a));
    GOOD(cuStreamSynchronize(a));
    EXPECT(3, read_float(x, 0));
    EXPECT(1, read_float(x, 63));
    GOOD(cuMemFree_v2(x));
    GOOD(cuMemFree_v2(y));
}

TEST(nodes_of_an_instance_are_counted_by_kind) {
    open_device();
    CUstream s = stream(CU_STREAM_NON_BLOCKING);
    CUdeviceptr x = device_floats(64, 0), y = device_floats(64, 0);
    CUgraph graph, other;
    CUgraphExec exec;
    kernel("add_f32");
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
    for (int i = 0; i < 3; i++) GOOD(launch_add(s, x, 1, 64));
    for (int i = 0; i < 2; i++) GOOD(cuMemsetD32Async(y, 0, 64, s));
    GOOD(cuMemcpyDtoDAsync_v2(y, x, 256, s));
    GOOD(cuStreamEndCapture(s, &graph));
    CUgraphNode empty;
    GOOD(cuGraphAddEmptyNode(&empty, graph, nullptr, 0));
    EXPECT(0, control(CONTROL_GRAPH_KERNELS));
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    for (int i = 0; i < 2; i++) {
        EXPECT(3, control(CONTROL_GRAPH_KERNELS));
        EXPECT(0, control(CONTROL_GRAPH_LIBRARY_CALLS));
        EXPECT(1, control(CONTROL_GRAPH_COPIES));
        EXPECT(2, control(CONTROL_GRAPH_FILLS));
        GOOD(cuGraphLaunch(exec, s));
    }
    other = captured_add(s, x, 1);
    GOOD(cuGraphInstantiateWithFlags(&exec, other, 0));
    EXPECT(1, control(CONTROL_GRAPH_KERNELS));
    EXPECT(0, control(CONTROL_GRAPH_FILLS));
    GOOD(cuMemFree_v2(x));
    GOOD(cuMemFree_v2(y));
}

TEST(calls_that_a_capture_forbids_end_it) {
    open_device();
    CUstream s = stream(CU_STREAM_NON_BLOCKING);
    CUdeviceptr x = device_floats(64, 0), p;
    CUgraph graph;
    int status;
    kernel("add_f32");
    EXPECT(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(s, &graph));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamBeginCapture_v2(nullptr, CU_STREAM_CAPTURE_MODE_GLOBAL));
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
    EXPECT(CUDA_ERROR_ILLEGAL_STATE, cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemAlloc_v2(&p, 4));
    GOOD(cuStreamIsCapturing(s, &status));
    EXPECT(CU_STREAM_CAPTURE_STATUS_INVALIDATED, status);
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, launch_add(s, x, 1, 64));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s, &graph));
    EXPECT(0, (long long)graph);
    GOOD(cuMemAlloc_v2(&p, 4));
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamSynchronize(s));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s, &graph));
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_RELAXED));
    GOOD(cuMemFree_v2(p));  // relaxed: the program knows what it does
    GOOD(cuStreamEndCapture(s, &graph));
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
    float pageable = 0;
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemcpyHtoDAsync_v2(x, &pageable, 4, s));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s, &graph));
    GOOD(cuMemFree_v2(x));
}

TEST(legacy_stream_and_blocking_capture_exclude_each_other) {
    open_device();
    CUstream blocking = stream(CU_STREAM_DEFAULT), free_one = stream(CU_STREAM_NON_BLOCKING);
    CUdeviceptr x = device_floats(64, 0);
    CUgraph graph;
    kernel("add_f32");
    GOOD(cuStreamBeginCapture_v2(blocking, CU_STREAM_CAPTURE_MODE_RELAXED));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, launch_add(nullptr, x, 1, 64));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(blocking, &graph));
    GOOD(cuStreamBeginCapture_v2(free_one, CU_STREAM_CAPTURE_MODE_RELAXED));
    GOOD(launch_add(nullptr, x, 1, 64));
    GOOD(cuStreamEndCapture(free_one, &graph));
    GOOD(cuMemFree_v2(x));
}

TEST(captures_keep_their_work_together) {
    open_device();
    CUstream a = stream(1), b = stream(1), c = stream(1);
    CUevent e, outside;
    GOOD(cuEventCreate(&e, 0));
    GOOD(cuEventCreate(&outside, 0));
    GOOD(cuEventRecord(outside, c));
    CUdeviceptr x = device_floats(64, 0);
    CUgraph graph;
    kernel("add_f32");
    // Unjoined: b's work is never waited for.
    GOOD(cuStreamBeginCapture_v2(a, CU_STREAM_CAPTURE_MODE_GLOBAL));
    GOOD(cuEventRecord(e, a));
    GOOD(cuStreamWaitEvent(b, e, 0));
    GOOD(launch_add(b, x, 1, 64));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, cuStreamEndCapture(a, &graph));
    // Isolation: an event from outside.
    GOOD(cuStreamBeginCapture_v2(a, CU_STREAM_CAPTURE_MODE_GLOBAL));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, cuStreamWaitEvent(a, outside, 0));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(a, &graph));
    // Unmatched: ended on another stream of the capture.
    GOOD(cuStreamBeginCapture_v2(a, CU_STREAM_CAPTURE_MODE_GLOBAL));
    GOOD(cuEventRecord(e, a));
    GOOD(cuStreamWaitEvent(b, e, 0));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, cuStreamEndCapture(b, &graph));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(a, &graph));
    // Merge: an event of another capture.
    GOOD(cuStreamBeginCapture_v2(a, CU_STREAM_CAPTURE_MODE_RELAXED));
    GOOD(cuStreamBeginCapture_v2(b, CU_STREAM_CAPTURE_MODE_RELAXED));
    GOOD(cuEventRecord(e, a));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_MERGE, cuStreamWaitEvent(b, e, 0));
    EXPECT(CUDA_ERROR_CAPTURED_EVENT, cuEventSynchronize(e));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(a, &graph));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(b, &graph));
    GOOD(cuMemFree_v2(x));
}

TEST(captures_mind_threads_by_their_mode) {
    CUcontext context = open_device();
    CUstream s = stream(1);
    CUgraph graph;
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    std::thread([&] {
        CUdeviceptr p;
        CUgraph none;
        GOOD(cuCtxSetCurrent(context));
        GOOD(cuMemAlloc_v2(&p, 4));
        GOOD(cuMemFree_v2(p));
        EXPECT(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, cuStreamEndCapture(s, &none));
    }).join();
    GOOD(cuStreamEndCapture(s, &graph));
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
    std::thread([&] {
        CUdeviceptr p;
        int mode = CU_STREAM_CAPTURE_MODE_RELAXED;
        GOOD(cuCtxSetCurrent(context));
        GOOD(cuThreadExchangeStreamCaptureMode(&mode));
        EXPECT(CU_STREAM_CAPTURE_MODE_GLOBAL, mode);
        GOOD(cuMemAlloc_v2(&p, 4));
        GOOD(cuMemFree_v2(p));
        GOOD(cuThreadExchangeStreamCaptureMode(&mode));
        EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemAlloc_v2(&p, 4));
    }).join();
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s, &graph));
}

TEST(kernel_nodes_can_be_changed) {
    open_device();
    CUstream s = stream(1);
    CUdeviceptr x = device_floats(64, 0);
    CUgraph graph = captured_add(s, x, 1), clone;
    CUgraphNode node, added, empty;
    size_t count = 1;
    GOOD(cuGraphGetNodes(graph, &node, &count));
    CUDA_KERNEL_NODE_PARAMS params;
    GOOD(cuGraphKernelNodeGetParams_v2(node, &params));
    EXPECT(64, params.blockDimX);
    EXPECT(1, *(float*)params.kernelParams[1]);
    CUgraphExec exec, exec2;
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    float ten = 10;
    void* changed[] = {&x, &ten, params.kernelParams[2]};
    params.kernelParams = changed;
    GOOD(cuGraphExecKernelNodeSetParams_v2(exec, node, &params));
    GOOD(cuGraphLaunch(exec, s));
    GOOD(cuStreamSynchronize(s));
    EXPECT(10, read_float(x, 0));
    GOOD(cuGraphAddKernelNode_v2(&added, graph, &node, 1, &params));
    GOOD(cuGraphAddEmptyNode(&empty, graph, nullptr, 0));
    GOOD(cuGraphAddDependencies(graph, &added, &empty, 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphAddDependencies(graph, &added, &empty, 1));
    GOOD(cuGraphClone(&clone, graph));
    GOOD(cuGraphInstantiateWithFlags(&exec2, clone, 0));
    GOOD(cuGraphLaunch(exec2, s));
    GOOD(cuStreamSynchronize(s));
    EXPECT(21, read_float(x, 0));
    GOOD(cuGraphAddDependencies(graph, &empty, &node, 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphInstantiateWithFlags(&exec2, graph, 0));
    params.blockDimX = 65;
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphKernelNodeSetParams_v2(node, &params));
    GOOD(cuMemFree_v2(x));
}

TEST(graph_whose_module_was_unloaded_is_refused) {
    open_device();
    CUmodule module = load_kernels();
    CUfunction f;
    GOOD(cuModuleGetFunction(&f, module, "add_f32"));
    CUstream s = stream(1);
    CUdeviceptr x = device_floats(64, 0);
    float one = 1;
    int n = 64;
    void* p[] = {&x, &one, &n};
    CUgraph graph;
    CUgraphExec exec;
    GOOD(cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
    GOOD(cuLaunchKernel(f, 1, 1, 1, 64, 1, 1, 0, s, p, nullptr));
    GOOD(cuStreamEndCapture(s, &graph));
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    GOOD(cuModuleUnload(module));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuGraphLaunch(exec, s));
    GOOD(cuMemFree_v2(x));
}
