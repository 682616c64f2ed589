#include "harness.h"

using namespace cuemu;

static CUstream stream() {
    CUstream s;
    GOOD(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    return s;
}

static CUresult begin(CUstream s) { return cuStreamBeginCapture_v2(s, CU_STREAM_CAPTURE_MODE_RELAXED); }

static CUgraph captured_add(CUstream s, CUdeviceptr x, float value) {
    CUgraph graph;
    kernel("add_f32");
    GOOD(begin(s));
    GOOD(launch_add(s, x, value, 64));
    GOOD(cuStreamEndCapture(s, &graph));
    return graph;
}

TEST_WITH(captured_work_runs_at_each_launch_of_the_graph, "CUEMU_LAZY=4") {
    open_device();
    CUstream s = stream();
    CUdeviceptr x = device_floats(64, 0);
    CUgraph graph = captured_add(s, x, 1);
    EXPECT(0, read_float(x, 0));
    CUgraphExec exec;
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    GOOD(cuGraphDestroy(graph));
    for (int i = 0; i < 5; i++) GOOD(cuGraphLaunch(exec, s));
    EXPECT(5, control(CONTROL_PENDING));
    GOOD(cuStreamSynchronize(s));
    EXPECT(5, read_float(x, 63));
    GOOD(cuGraphExecDestroy(exec));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphLaunch(exec, s));
    GOOD(cuMemFree_v2(x));
}

TEST(nodes_of_an_instance_are_counted_by_kind) {
    open_device();
    CUstream s = stream();
    CUdeviceptr x = device_floats(64, 0), y = device_floats(64, 0);
    CUgraph graph, other;
    CUgraphExec exec;
    kernel("add_f32");
    GOOD(begin(s));
    for (int i = 0; i < 3; i++) GOOD(launch_add(s, x, 1, 64));
    for (int i = 0; i < 2; i++) GOOD(cuMemsetD32Async(y, 0, 64, s));
    GOOD(cuMemcpyDtoDAsync_v2(y, x, 256, s));
    GOOD(cuStreamEndCapture(s, &graph));
    size_t nodes;
    GOOD(cuGraphGetNodes(graph, nullptr, &nodes));
    EXPECT(6, nodes);
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
    CUstream s = stream();
    CUdeviceptr x = device_floats(64, 0), p;
    CUgraph graph;
    CUevent e;
    int status;
    GOOD(cuEventCreate(&e, 0));
    kernel("add_f32");
    EXPECT(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(s, &graph));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, begin(nullptr));
    EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuStreamBeginCapture_v2(s, 0));  // another mode
    GOOD(cuStreamIsCapturing(s, &status));
    EXPECT(CU_STREAM_CAPTURE_STATUS_NONE, status);
    GOOD(begin(s));
    EXPECT(CUDA_ERROR_ILLEGAL_STATE, begin(s));
    GOOD(cuStreamIsCapturing(s, &status));
    EXPECT(CU_STREAM_CAPTURE_STATUS_ACTIVE, status);
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamSynchronize(s));
    GOOD(cuStreamIsCapturing(s, &status));
    EXPECT(CU_STREAM_CAPTURE_STATUS_INVALIDATED, status);
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, launch_add(s, x, 1, 64));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s, &graph));
    EXPECT(0, (long long)graph);
    GOOD(begin(s));
    GOOD(cuMemAlloc_v2(&p, 4));  // relaxed: the program knows what it does
    GOOD(cuMemFree_v2(p));
    GOOD(launch_add(nullptr, x, 1, 64));  // on another stream, and not captured
    GOOD(cuStreamEndCapture(s, &graph));
    EXPECT(1, read_float(x, 0));
    GOOD(begin(s));
    float pageable = 0;
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemcpyHtoDAsync_v2(x, &pageable, 4, s));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s, &graph));
    GOOD(begin(s));
    GOOD(cuEventRecord(e, s));
    EXPECT(CUDA_ERROR_CAPTURED_EVENT, cuEventSynchronize(e));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(s, &graph));
    GOOD(cuMemFree_v2(x));
}

TEST(graph_whose_module_was_unloaded_is_refused) {
    open_device();
    CUmodule module = load_kernels();
    CUfunction f;
    GOOD(cuModuleGetFunction(&f, module, "add_f32"));
    CUstream s = stream();
    CUdeviceptr x = device_floats(64, 0);
    float one = 1;
    int n = 64;
    void* p[] = {&x, &one, &n};
    CUgraph graph;
    CUgraphExec exec;
    GOOD(begin(s));
    GOOD(cuLaunchKernel(f, 1, 1, 1, 64, 1, 1, 0, s, p, nullptr));
    GOOD(cuStreamEndCapture(s, &graph));
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    GOOD(cuModuleUnload(module));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuGraphLaunch(exec, s));
    GOOD(cuMemFree_v2(x));
}

static std::string listed() {
    std::string text;
    while (size_t part = control(CONTROL_LISTED)) {
        for (; part; part >>= 8) text += (char)(part & 0xFF);
    }
    return text;
}

TEST(what_is_done_is_listed_in_its_order) {
    open_device();
    CUstream s = stream();
    CUdeviceptr x = device_floats(64, 0), y = device_floats(64, 0);
    kernel("add_f32");
    std::string text;
    GOOD(cuCtxSetLimit(CONTROL_LISTING, 1));
    GOOD(launch_add(s, x, 1, 64));
    GOOD(cuMemsetD32Async(y, 0, 64, s));
    GOOD(cuMemcpyDtoDAsync_v2(y, x, 256, s));
    text = listed();
    EXPECT_IN("kernel\tadd_f32\t1\t64\t0\t0\t-,1065353216,64\nfill\tfill\t0\t0\t0\t256\t-\ncopy\tcopy\t0\t0\t0\t512\t-\n", text);
    EXPECT(0, listed().size());
    EXPECT(1, read_float(y, 0));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuCtxSetLimit(CONTROL_LISTING, 4));
    GOOD(cuMemFree_v2(x));
    GOOD(cuMemFree_v2(y));
}

TEST(what_is_listed_instead_is_not_done) {
    open_device();
    CUstream s = stream();
    CUdeviceptr x = device_floats(64, 5);
    kernel("add_f32");
    std::string text;
    GOOD(cuCtxSetLimit(CONTROL_LISTING, 2));
    GOOD(launch_add(s, x, 1, 64));
    text = listed();
    EXPECT_IN("kernel\tadd_f32\t1\t64\t0\t0\t-,1065353216,64\n", text);
    GOOD(cuCtxSetLimit(CONTROL_LISTING, 0));
    EXPECT(0, listed().size());
    EXPECT(5, read_float(x, 0));
    GOOD(cuMemFree_v2(x));
}
