#include "../numbers.h"
#include "device.h"
#include "cudnn_calls.h"

using namespace cuemu;

namespace {

struct Shape {
    int n, c, h, w, k, r, s, pad, stride, tensor_format;
    int oh() const { return 1 + (h + 2 * pad - r) / stride; }
    int ow() const { return 1 + (w + 2 * pad - s) / stride; }
    size_t x_elements() const { return (size_t)(n * c * h * w); }
    size_t w_elements() const { return (size_t)(k * c * r * s); }
    size_t y_elements() const { return (size_t)(n * k * oh() * ow()); }
};

// The offset in a packed tensor of extents (., C, H, W).
size_t at(int tensor_format, int C, int H, int W, int n, int c, int h, int w) {
    return (size_t)(tensor_format == CUDNN_TENSOR_NHWC ? ((n * H + h) * W + w) * C + c : ((n * C + c) * H + h) * W + w);
}

// Calls body(offset in x, offset in w, offset in y) for each product of the convolution.
template <class Body>
void each_product(const Shape& q, Body&& body) {
    int f = q.tensor_format;
    for (int n = 0; n < q.n; n++)
        for (int k = 0; k < q.k; k++)
            for (int i = 0; i < q.oh(); i++)
                for (int j = 0; j < q.ow(); j++)
                    for (int c = 0; c < q.c; c++)
                        for (int r = 0; r < q.r; r++)
                            for (int s = 0; s < q.s; s++) {
                                int h = i * q.stride - q.pad + r, w = j * q.stride - q.pad + s;
                                if (h < 0 || h >= q.h || w < 0 || w >= q.w) continue;
                                body(at(f, q.c, q.h, q.w, n, c, h, w), at(f, q.c, q.r, q.s, k, c, r, s), at(f, q.k, q.oh(), q.ow(), n, k, i, j));
                            }
}

struct Descriptors {
    cudnnTensorDescriptor_t x, y;
    cudnnFilterDescriptor_t w;
    cudnnConvolutionDescriptor_t how;
};

Descriptors describe(const Shape& q, int math = CUDNN_FMA_MATH, int type = CUDNN_DATA_FLOAT) {
    Descriptors d;
    d.x = tensor(q.n, q.c, q.h, q.w, q.tensor_format, type);
    d.y = tensor(q.n, q.k, q.oh(), q.ow(), q.tensor_format, type);
    GOOD(cudnnCreateFilterDescriptor(&d.w));
    GOOD(cudnnSetFilter4dDescriptor(d.w, type, q.tensor_format, q.k, q.c, q.r, q.s));
    GOOD(cudnnCreateConvolutionDescriptor(&d.how));
    GOOD(cudnnSetConvolution2dDescriptor(d.how, q.pad, q.pad, q.stride, q.stride, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    GOOD(cudnnSetConvolutionMathType(d.how, math));
    return d;
}

constexpr size_t WORKSPACE = 1 << 20;

// Sums have at most a few hundred terms below 1.
constexpr double TOLERANCE = 2e-5;

void check_shape(cudnnHandle_t handle, const Shape& q) {
    const Descriptors d = describe(q);
    const float alpha = 0.5f, beta = 2;
    const Floats x = random_floats(q.x_elements(), 1), f = random_floats(q.w_elements(), 2), y = random_floats(q.y_elements(), 3);
    std::vector<double> forward(y.size()), data(x.size()), filter(f.size());
    each_product(q, [&](size_t ix, size_t iw, size_t iy) {
        forward[iy] += (double)x[ix] * f[iw];
        data[ix] += (double)y[iy] * f[iw];
        filter[iw] += (double)x[ix] * y[iy];
    });
    auto blended = [&](std::vector<double> sums, const Floats& old) {
        for (size_t i = 0; i < sums.size(); i++) sums[i] = alpha * sums[i] + beta * old[i];
        return sums;
    };
    float *dx = to_device(x), *dw = to_device(f), *dy = to_device(y), *workspace = new_device(WORKSPACE / 4);
    float* made = new_device(y.size());
    GOOD(cudnnConvolutionForward(handle, &ONE, d.x, dx, d.w, dw, d.how, 1, workspace, WORKSPACE, &ZERO, d.y, made));
    EXPECT_NEAR(forward, from_device(made, y.size()), TOLERANCE);
    made = to_device(y);
    GOOD(cudnnConvolutionForward(handle, &alpha, d.x, dx, d.w, dw, d.how, 0, workspace, WORKSPACE, &beta, d.y, made));
    EXPECT_NEAR(blended(forward, y), from_device(made, y.size()), TOLERANCE);
    for (int algorithm : {0, 1}) {
        made = to_device(x);
        GOOD(cudnnConvolutionBackwardData(handle, &alpha, d.w, dw, d.y, dy, d.how, algorithm, workspace, WORKSPACE, &beta, d.x, made));
        EXPECT_NEAR(blended(data, x), from_device(made, x.size()), TOLERANCE);
        made = to_device(f);
        GOOD(cudnnConvolutionBackwardFilter(handle, &alpha, d.x, dx, d.y, dy, d.how, algorithm, workspace, WORKSPACE, &beta, d.w, made));
        EXPECT_NEAR(blended(filter, f), from_device(made, f.size()), TOLERANCE);
    }
}

constexpr Shape SMALL{3, 4, 7, 6, 6, 3, 3, 1, 1, CUDNN_TENSOR_NCHW};

void check_all_shapes() {
    cudnnHandle_t handle = open_cudnn();
    for (int tensor_format : {CUDNN_TENSOR_NCHW, CUDNN_TENSOR_NHWC}) {
        Shape q = SMALL;
        q.tensor_format = tensor_format;
        check_shape(handle, q);
        for (int stride : {1, 2, 3}) {
            Shape moved = q;
            moved.stride = stride;
            moved.pad = 2;
            check_shape(handle, moved);
        }
        Shape single = q, wide = q;
        single.r = single.s = 1;
        single.pad = 0;
        check_shape(handle, single);
        wide.s = 5;  // wider than high, and wider than the padded image allows at some shifts
        wide.pad = 0;
        check_shape(handle, wide);
    }
}

}  // namespace

TEST(convolutions_are_those_of_naive_loops) { check_all_shapes(); }
TEST_WITH(convolutions_by_the_own_product_are_those_of_naive_loops, "CUEMU_BLAS=none") { check_all_shapes(); }

TEST(float_convolutions_round_to_tf32_unless_fma_math_is_set) {
    cudnnHandle_t handle = open_cudnn();
    const Shape q{1, 1, 1, 1, 1, 1, 1, 0, 1, CUDNN_TENSOR_NCHW};
    float *x = to_device(Floats{1 + 0x1p-12f}), *w = to_device(Floats{1}), *y = new_device(1), *workspace = new_device(WORKSPACE / 4);
    for (int math : {CUDNN_DEFAULT_MATH, CUDNN_FMA_MATH}) {
        Descriptors d = describe(q, math);
        GOOD(cudnnConvolutionForward(handle, &ONE, d.x, x, d.w, w, d.how, 1, workspace, WORKSPACE, &ZERO, d.y, y));
        EXPECT(1, from_device(y, 1)[0] == (math == CUDNN_FMA_MATH ? 1 + 0x1p-12f : 1.0f));
    }
}

TEST(bfloat16_images_have_float_sums) {
    cudnnHandle_t handle = open_cudnn();
    const Shape q{1, 2, 1, 1, 1, 1, 1, 0, 1, CUDNN_TENSOR_NHWC};
    Descriptors d = describe(q, CUDNN_TENSOR_OP_MATH, CUDNN_DATA_BFLOAT16);
    const uint16_t x[] = {bf16_of(3), bf16_of(0x1p-7f)}, w[] = {bf16_of(1), bf16_of(4)};
    uint16_t y;
    auto on_device = (void*)to_device(x, sizeof x);
    float* made = new_device(1);
    GOOD(cudnnConvolutionForward(handle, &ONE, d.x, on_device, d.w, (void*)to_device(w, sizeof w), d.how, 1, new_device(WORKSPACE / 4), WORKSPACE, &ZERO, d.y, made));
    GOOD(cuMemcpyDtoH_v2(&y, (CUdeviceptr)made, 2));
    EXPECT(bf16_of(3 + 0x1p-5f), y);
}

TEST(sums_of_an_algorithm_that_is_not_deterministic_change_their_order) {
    cudnnHandle_t handle = open_cudnn();
    Shape q = SMALL;
    q.n = 16;
    Descriptors d = describe(q);
    float *x = to_device(random_floats(q.x_elements(), 1)), *dy = to_device(random_floats(q.y_elements(), 2)), *dw = new_device(q.w_elements());
    float* workspace = new_device(WORKSPACE / 4);
    auto gradient = [&](int algorithm) {
        GOOD(cudnnConvolutionBackwardFilter(handle, &ONE, d.x, x, d.y, dy, d.how, algorithm, workspace, WORKSPACE, &ZERO, d.w, dw));
        return from_device(dw, q.w_elements());
    };
    EXPECT(0, gradient(0) == gradient(0));
    EXPECT(1, gradient(1) == gradient(1));
}

TEST(a_convolution_without_its_workspace_is_refused) {
    cudnnHandle_t handle = open_cudnn();
    Descriptors d = describe(SMALL);
    float *x = new_device(SMALL.x_elements()), *w = new_device(SMALL.w_elements()), *y = new_device(SMALL.y_elements());
    size_t bytes = 0;
    char text[256];
    GOOD(cudnnGetConvolutionForwardWorkspaceSize(handle, d.x, d.w, d.how, d.y, 1, &bytes));
    EXPECT(1, bytes > 0);
    float* workspace = new_device(bytes / 4 + 32);
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnConvolutionForward(handle, &ONE, d.x, x, d.w, w, d.how, 1, nullptr, 0, &ZERO, d.y, y));
    cudnnGetLastErrorString(text, sizeof text);
    EXPECT_IN("demands a workspace", text);
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnConvolutionForward(handle, &ONE, d.x, x, d.w, w, d.how, 1, workspace, bytes - 1, &ZERO, d.y, y));
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnConvolutionForward(handle, &ONE, d.x, x, d.w, w, d.how, 1, workspace + 1, bytes, &ZERO, d.y, y));
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnConvolutionForward(handle, &ONE, d.x, x, d.w, w, d.how, 3, workspace, bytes, &ZERO, d.y, y));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnConvolutionForward(handle, &ONE, d.x, x, d.w, w, d.how, 1, workspace, bytes, &ZERO, d.x, y));
    GOOD(cuCtxSynchronize());
    EXPECT(CUDNN_STATUS_EXECUTION_FAILED, cudnnConvolutionForward(handle, &ONE, d.x, x, d.w, w, d.how, 1, workspace + 64, bytes, &ZERO, d.y, y));
    EXPECT_IN("cudnnConvolutionForward: the workspace:", reported());
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
}

TEST(a_captured_convolution_runs_at_each_replay) {
    cudnnHandle_t handle = open_cudnn();
    CUstream stream;
    CUgraph graph;
    CUgraphExec exec;
    const Shape q{1, 1, 1, 1, 1, 1, 1, 0, 1, CUDNN_TENSOR_NCHW};
    Descriptors d = describe(q);
    float *x = to_device(Floats{2}), *w = to_device(Floats{3}), *y = to_device(Floats{0}), *workspace = new_device(WORKSPACE / 4);
    GOOD(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    GOOD(cudnnSetStream(handle, stream));
    GOOD(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_RELAXED));
    GOOD(cudnnConvolutionForward(handle, &ONE, d.x, x, d.w, w, d.how, 1, workspace, WORKSPACE, &ONE, d.y, y));
    GOOD(cuStreamEndCapture(stream, &graph));
    GOOD(cuGraphInstantiateWithFlags(&exec, graph, 0));
    GOOD(cuGraphLaunch(exec, stream));
    GOOD(cuGraphLaunch(exec, stream));
    GOOD(cuStreamSynchronize(stream));
    EXPECT_NEAR((std::vector<double>{12}), from_device(y, 1), 0);
}
