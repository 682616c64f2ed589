// Sums over dimensions, and softmax.
#include <cmath>

#include "tensors.h"

namespace cuemu {

namespace {

constexpr size_t REDUCTION_WORKSPACE = 1024;  // never nothing, so that a program which gives none is found out

struct ReductionWork {
    int operation;
    Layout a, c;
    uintptr_t from, to;
    Blend blend;
};

void run_reduction(const void* arguments) {
    const ReductionWork& r = *(const ReductionWork*)arguments;
    Layout sums_layout = r.c;
    pack_strides(CUDNN_TENSOR_NCHW, &sums_layout);
    std::vector<double> sums(r.c.elements());
    for_each_index(r.a.count, r.a.extent, [&](const int* at) { sums[offset_of(sums_layout, at)] += load(r.a.format, r.from, offset_of(r.a, at)); });
    double divisor = r.operation == CUDNN_REDUCE_TENSOR_AVG ? (double)(r.a.elements() / r.c.elements()) : 1;
    for_each_index(r.c.count, r.c.extent, [&](const int* at) { r.blend.into(r.c, r.to, offset_of(r.c, at), sums[offset_of(sums_layout, at)] / divisor); });
}

int check_reduction(const Layout& a, const Layout& c) {
    if (a.count != c.count) return refuse(CUDNN_STATUS_BAD_PARAM, "a has %d dimensions, c has %d", a.count, c.count);
    for (int i = 0; i < a.count; i++) {
        if (c.extent[i] == 1 || c.extent[i] == a.extent[i]) continue;
        return refuse(CUDNN_STATUS_BAD_PARAM, "dimension %d of c is %d, expected 1 or %d", i, c.extent[i], a.extent[i]);
    }
    return CUDNN_STATUS_SUCCESS;
}

struct SoftmaxWork {
    bool log, over_channels;
    Layout x, y, dy;  // x: the input or its gradient
    uintptr_t in, out, gradient;
    Blend blend;
};

// Calls body(elements of the distribution) for each distribution; an element is an index of the tensor.
template <class Body>
void for_each_distribution(const SoftmaxWork& s, Body&& body) {
    int outer[CUDNN_DIM_MAX], inner[CUDNN_DIM_MAX];
    for (int i = 0; i < s.y.count; i++) {
        bool within = s.over_channels ? i == 1 : i >= 1;
        outer[i] = within ? 1 : s.y.extent[i];
        inner[i] = within ? s.y.extent[i] : 1;
    }
    for_each_index(s.y.count, outer, [&](const int* base) {
        body([&](auto&& visit) {
            for_each_index(s.y.count, inner, [&](const int* at) {
                int index[CUDNN_DIM_MAX];
                for (int i = 0; i < s.y.count; i++) index[i] = base[i] + at[i];
                visit((const int*)index);
            });
        });
    });
}

void run_softmax(const void* arguments) {
    const SoftmaxWork& s = *(const SoftmaxWork*)arguments;
    for_each_distribution(s, [&](auto&& each) {
        double most = -INFINITY, sum = 0;
        auto x = [&](const int* at) { return (double)load(s.x.format, s.in, offset_of(s.x, at)); };
        each([&](const int* at) { most = std::max(most, x(at)); });
        each([&](const int* at) { sum += std::exp(x(at) - most); });
        each([&](const int* at) { s.blend.into(s.y, s.out, offset_of(s.y, at), s.log ? x(at) - most - std::log(sum) : std::exp(x(at) - most) / sum); });
    });
}

void run_softmax_backward(const void* arguments) {
    const SoftmaxWork& s = *(const SoftmaxWork*)arguments;
    for_each_distribution(s, [&](auto&& each) {
        double sum = 0;
        auto y = [&](const int* at) { return (double)load(s.y.format, s.out, offset_of(s.y, at)); };
        auto dy = [&](const int* at) { return (double)load(s.dy.format, s.gradient, offset_of(s.dy, at)); };
        each([&](const int* at) { sum += s.log ? dy(at) : dy(at) * y(at); });
        each([&](const int* at) { s.blend.into(s.x, s.in, offset_of(s.x, at), s.log ? dy(at) - std::exp(y(at)) * sum : y(at) * (dy(at) - sum)); });
    });
}

int read_softmax(int algorithm, int mode, SoftmaxWork* work) {
    if (algorithm < 0 || algorithm > CUDNN_SOFTMAX_LOG || (mode != CUDNN_SOFTMAX_MODE_INSTANCE && mode != CUDNN_SOFTMAX_MODE_CHANNEL)) {
        return refuse(CUDNN_STATUS_BAD_PARAM, "softmax algorithm %d, mode %d", algorithm, mode);
    }
    if (!work->x.same_extents(work->y) || work->x.format != work->y.format) return refuse(CUDNN_STATUS_BAD_PARAM, "input and output differ in extents or type");
    work->log = algorithm == CUDNN_SOFTMAX_LOG;
    work->over_channels = mode == CUDNN_SOFTMAX_MODE_CHANNEL;
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnGetReductionWorkspaceSize(cudnnHandle_t handle, cudnnReduceTensorDescriptor_t reduction, cudnnTensorDescriptor_t a, cudnnTensorDescriptor_t c,
                                         size_t* bytes) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        Reduction how;
        Layout from, to;
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(reduction, &how)) return bad;
        if (int bad = find(a, "a", &from)) return bad;
        if (int bad = find(c, "c", &to)) return bad;
        if (!bytes) return refuse(CUDNN_STATUS_BAD_PARAM, "the result's pointer is null");
        *bytes = REDUCTION_WORKSPACE;
        return check_reduction(from, to);
    });
}

CUDNN_API cudnnGetReductionIndicesSize(cudnnHandle_t handle, cudnnReduceTensorDescriptor_t reduction, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t,
                                       size_t* bytes) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        Reduction how;
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(reduction, &how)) return bad;
        if (!bytes) return refuse(CUDNN_STATUS_BAD_PARAM, "the result's pointer is null");
        *bytes = 0;
        return CUDNN_STATUS_SUCCESS;
    });
}

CUDNN_API cudnnReduceTensor(cudnnHandle_t handle, cudnnReduceTensorDescriptor_t reduction, void*, size_t, void* workspace, size_t workspace_bytes,
                            const void* alpha, cudnnTensorDescriptor_t a_descriptor, const void* a, const void* beta, cudnnTensorDescriptor_t c_descriptor, void* c) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        Reduction how;
        ReductionWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(reduction, &how)) return bad;
        if (int bad = find(a_descriptor, "a", &work.a)) return bad;
        if (int bad = find(c_descriptor, "c", &work.c)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (int bad = check_reduction(work.a, work.c)) return bad;
        if (!workspace || workspace_bytes < REDUCTION_WORKSPACE) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "the reduction demands a workspace of %zu bytes, got %zu at %p", REDUCTION_WORKSPACE, workspace_bytes,
                          workspace);
        }
        work.operation = how.operation;
        work.from = (uintptr_t)a;
        work.to = (uintptr_t)c;
        return cudnn_status(enqueue_work("cudnnReduceTensor", h->stream, run_reduction, work,
                                         {range_of("a", work.a, a, RANGE_READS), range_of("c", work.c, c, work.blend.access()),
                                          {"the workspace", (uintptr_t)workspace, REDUCTION_WORKSPACE, REDUCTION_WORKSPACE, 1, RANGE_SCRATCH}}));
    });
}

CUDNN_API cudnnSoftmaxForward(cudnnHandle_t handle, int algorithm, int mode, const void* alpha, cudnnTensorDescriptor_t x_descriptor, const void* x,
                              const void* beta, cudnnTensorDescriptor_t y_descriptor, void* y) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        SoftmaxWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(x_descriptor, "x", &work.x)) return bad;
        if (int bad = find(y_descriptor, "y", &work.y)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (int bad = read_softmax(algorithm, mode, &work)) return bad;
        if (x == y) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "softmax in place is not emulated");
        work.in = (uintptr_t)x;
        work.out = (uintptr_t)y;
        return cudnn_status(enqueue_work("cudnnSoftmaxForward", h->stream, run_softmax, work,
                                         {range_of("x", work.x, x, RANGE_READS), range_of("y", work.y, y, work.blend.access())}));
    });
}

CUDNN_API cudnnSoftmaxBackward(cudnnHandle_t handle, int algorithm, int mode, const void* alpha, cudnnTensorDescriptor_t y_descriptor, const void* y,
                               cudnnTensorDescriptor_t dy_descriptor, const void* dy, const void* beta, cudnnTensorDescriptor_t dx_descriptor, void* dx) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        SoftmaxWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(y_descriptor, "y", &work.y)) return bad;
        if (int bad = find(dy_descriptor, "dy", &work.dy)) return bad;
        if (int bad = find(dx_descriptor, "dx", &work.x)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (int bad = read_softmax(algorithm, mode, &work)) return bad;
        if (!work.dy.same_extents(work.y)) return refuse(CUDNN_STATUS_BAD_PARAM, "y and dy differ in extents");
        if (dx == y || dx == dy) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "softmax in place is not emulated");
        work.in = (uintptr_t)dx;
        work.out = (uintptr_t)y;
        work.gradient = (uintptr_t)dy;
        return cudnn_status(enqueue_work("cudnnSoftmaxBackward", h->stream, run_softmax_backward, work,
                                         {range_of("y", work.y, y, RANGE_READS), range_of("dy", work.dy, dy, RANGE_READS),
                                          range_of("dx", work.x, dx, work.blend.access())}));
    });
}
