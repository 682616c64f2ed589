// The entry points of convolutions.
#include "convolution.h"

namespace cuemu {

int ConvolutionProblem::output(int axis) const {
    return 1 + (x.extent[2 + axis] + 2 * how.pad[axis] - w.extent[2 + axis]) / how.stride[axis];
}

// From Ampere on, float convolutions round to TF32 unless the math type forbids it.
Rounding ConvolutionProblem::rounding() const { return x.format == Format::F32 && how.math != CUDNN_FMA_MATH ? Rounding::TF32 : Rounding::None; }

namespace {

int check_input(const ConvolutionProblem& p) {
    if (p.x.format != p.w.format) {
        return refuse(CUDNN_STATUS_BAD_PARAM, "the image's type is %d, the filter's %d", data_type_of(p.x.format), data_type_of(p.w.format));
    }
    if (p.x.extent[1] != p.w.extent[1]) {
        return refuse(CUDNN_STATUS_BAD_PARAM, "%d input channels, but a filter (%d, %d, ...)", p.x.extent[1], p.w.extent[0], p.w.extent[1]);
    }
    for (int axis = 0; axis < 2; axis++) {
        int filter = p.w.extent[2 + axis], image = p.x.extent[2 + axis] + 2 * p.how.pad[axis];
        if (image < filter) return refuse(CUDNN_STATUS_BAD_PARAM, "axis %d: a filter of %d is larger than the padded image of %d", axis, filter, image);
    }
    return CUDNN_STATUS_SUCCESS;
}

struct Buffers {
    uintptr_t x, w, y;
    void* workspace;
    size_t workspace_bytes;
};

using Run = void (*)(const void*);
constexpr Run RUNS[] = {convolve_forward, convolve_backward_data, convolve_backward_filter};

int convolve(const char* name, cudnnHandle_t handle, Direction direction, const ConvolutionTensors& tensors, int algorithm, const Buffers& buffers,
             const void* alpha, const void* beta) {
    return library_call(name, [&]() -> int {
        CudnnHandle* h;
        ConvolutionWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = read_problem(tensors, &work.problem)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (int bad = check_algorithm(direction, algorithm)) return bad;
        if (int bad = check_refusals(Stage::Call, direction, work.problem, algorithm)) return bad;
        size_t demand = workspace_bytes(work.problem, algorithm);
        if (!buffers.workspace || buffers.workspace_bytes < demand) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "algorithm %d demands a workspace of %zu bytes, got %zu at %p; ask for its size first", algorithm,
                          demand, buffers.workspace_bytes, buffers.workspace);
        }
        if ((uintptr_t)buffers.workspace % 128) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "the workspace at %p is no multiple of 128", buffers.workspace);
        work.x = buffers.x;
        work.w = buffers.w;
        work.y = buffers.y;
        static uint64_t calls = 0;
        work.disorder = is_deterministic(direction, algorithm) ? 0 : ++calls;
        const unsigned written = work.blend.access();
        std::vector<Range> ranges{
            range_of("the image", work.problem.x, (void*)buffers.x, direction == Direction::BackwardData ? written : (unsigned)RANGE_READS),
            range_of("the filter", work.problem.w, (void*)buffers.w, direction == Direction::BackwardFilter ? written : (unsigned)RANGE_READS),
            range_of("the output", work.problem.y, (void*)buffers.y, direction == Direction::Forward ? written : (unsigned)RANGE_READS),
            {"the workspace", (uintptr_t)buffers.workspace, demand, demand, 1, RANGE_SCRATCH}};
        // The same in each direction: every element of y meets every element of one filter.
        const size_t multiplications = work.problem.y.elements() * work.problem.w.elements() / (size_t)work.problem.w.extent[0];
        return cudnn_status(enqueue_work(name, h->stream, RUNS[(int)direction], work, ranges, multiplications));
    });
}

}  // namespace

int read_problem(const ConvolutionTensors& tensors, ConvolutionProblem* p) {
    if (int bad = find(tensors.x, "the image", &p->x)) return bad;
    if (int bad = find(tensors.w, "the filter", &p->w)) return bad;
    if (int bad = find(tensors.convolution, &p->how)) return bad;
    if (int bad = find(tensors.y, "the output", &p->y)) return bad;
    if (int bad = check_input(*p)) return bad;
    const int extents[] = {p->x.extent[0], p->w.extent[0], p->output(0), p->output(1)};
    for (int i = 0; i < 4; i++) {
        if (p->y.extent[i] != extents[i]) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "the output must be (%d, %d, %d, %d), got (%d, %d, %d, %d)", extents[0], extents[1], extents[2], extents[3],
                          p->y.extent[0], p->y.extent[1], p->y.extent[2], p->y.extent[3]);
        }
    }
    if (p->y.format != p->x.format) {
        return refuse(CUDNN_STATUS_BAD_PARAM, "the image's type is %d, the output's %d", data_type_of(p->x.format), data_type_of(p->y.format));
    }
    if (p->w.tensor_format == CUDNN_TENSOR_NHWC && !(p->x.channels_last() && p->y.channels_last())) {
        return refuse(CUDNN_STATUS_NOT_SUPPORTED, "a channels-last filter needs packed channels-last images");
    }
    if (p->x.format == Format::F32 && cuemuCapability() < 80) p->how.math = CUDNN_FMA_MATH;
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x_descriptor, const void* x, cudnnFilterDescriptor_t w_descriptor,
                                  const void* w, cudnnConvolutionDescriptor_t convolution, int algorithm, void* workspace, size_t bytes, const void* beta,
                                  cudnnTensorDescriptor_t y_descriptor, void* y) {
    return convolve(__func__, handle, Direction::Forward, {x_descriptor, w_descriptor, convolution, y_descriptor}, algorithm,
                    {(uintptr_t)x, (uintptr_t)w, (uintptr_t)y, workspace, bytes}, alpha, beta);
}

CUDNN_API cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha, cudnnFilterDescriptor_t w_descriptor, const void* w,
                                       cudnnTensorDescriptor_t dy_descriptor, const void* dy, cudnnConvolutionDescriptor_t convolution, int algorithm,
                                       void* workspace, size_t bytes, const void* beta, cudnnTensorDescriptor_t dx_descriptor, void* dx) {
    return convolve(__func__, handle, Direction::BackwardData, {dx_descriptor, w_descriptor, convolution, dy_descriptor}, algorithm,
                    {(uintptr_t)dx, (uintptr_t)w, (uintptr_t)dy, workspace, bytes}, alpha, beta);
}

CUDNN_API cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x_descriptor, const void* x,
                                         cudnnTensorDescriptor_t dy_descriptor, const void* dy, cudnnConvolutionDescriptor_t convolution, int algorithm,
                                         void* workspace, size_t bytes, const void* beta, cudnnFilterDescriptor_t dw_descriptor, void* dw) {
    return convolve(__func__, handle, Direction::BackwardFilter, {x_descriptor, dw_descriptor, convolution, dy_descriptor}, algorithm,
                    {(uintptr_t)x, (uintptr_t)dw, (uintptr_t)dy, workspace, bytes}, alpha, beta);
}
