// Elementwise operations: activations, sums of tensors, scaling, filling and changing layouts.
#include <cmath>

#include "tensors.h"

namespace cuemu {

namespace {

struct ActivationWork {
    Activation how;
    Layout x, y, dy, dx;
    uintptr_t in, out, gradient, input_gradient;
    Blend blend;
};

double activate(const Activation& how, double x) {
    switch (how.mode) {
        case CUDNN_ACTIVATION_SIGMOID: return 1 / (1 + std::exp(-x));
        case CUDNN_ACTIVATION_RELU: return x > 0 || std::isnan(x) ? x : 0;
        case CUDNN_ACTIVATION_TANH: return std::tanh(x);
        case CUDNN_ACTIVATION_CLIPPED_RELU: return x > how.coefficient ? how.coefficient : x > 0 || std::isnan(x) ? x : 0;
        case CUDNN_ACTIVATION_ELU: return x >= 0 || std::isnan(x) ? x : how.coefficient * (std::exp(x) - 1);
        default: return x;
    }
}

double slope(const Activation& how, double x, double y) {
    switch (how.mode) {
        case CUDNN_ACTIVATION_SIGMOID: return y * (1 - y);
        case CUDNN_ACTIVATION_RELU: return x > 0 ? 1 : 0;
        case CUDNN_ACTIVATION_TANH: return 1 - y * y;
        case CUDNN_ACTIVATION_CLIPPED_RELU: return x > 0 && x < how.coefficient ? 1 : 0;
        case CUDNN_ACTIVATION_ELU: return x >= 0 ? 1 : y + how.coefficient;
        default: return 1;
    }
}

void run_activation(const void* arguments) {
    const ActivationWork& a = *(const ActivationWork*)arguments;
    for_each_index(a.y.count, a.y.extent, [&](const int* at) {
        a.blend.into(a.y, a.out, offset_of(a.y, at), activate(a.how, load(a.x.format, a.in, offset_of(a.x, at))));
    });
}

void run_activation_backward(const void* arguments) {
    const ActivationWork& a = *(const ActivationWork*)arguments;
    for_each_index(a.x.count, a.x.extent, [&](const int* at) {
        double x = load(a.x.format, a.in, offset_of(a.x, at)), y = load(a.y.format, a.out, offset_of(a.y, at));
        a.blend.into(a.dx, a.input_gradient, offset_of(a.dx, at), load(a.dy.format, a.gradient, offset_of(a.dy, at)) * slope(a.how, x, y));
    });
}

// Ranges of a written tensor and one that is read, which may be the same.
std::vector<Range> pair_of(const char* from_what, const Layout& from, const void* in, const char* to_what, const Layout& to, const void* out, const Blend& blend) {
    if (in == out && from == to) return {range_of(to_what, to, out, blend.access() | RANGE_READS)};
    return {range_of(from_what, from, in, RANGE_READS), range_of(to_what, to, out, blend.access())};
}

struct SumWork {
    int operation;
    float alpha_a, alpha_b;
    Layout a, b, c;
    uintptr_t from_a, from_b, to;
    Blend blend;
};

double combine(int operation, double a, double b) {
    switch (operation) {
        case CUDNN_OP_TENSOR_ADD: return a + b;
        case CUDNN_OP_TENSOR_MUL: return a * b;
        case CUDNN_OP_TENSOR_MIN: return std::min(a, b);
        case CUDNN_OP_TENSOR_MAX: return std::max(a, b);
        case CUDNN_OP_TENSOR_SQRT: return std::sqrt(a);
        default: return 1 - a;
    }
}

bool unary(int operation) { return operation == CUDNN_OP_TENSOR_SQRT || operation == CUDNN_OP_TENSOR_NOT; }

void run_sum(const void* arguments) {
    const SumWork& s = *(const SumWork*)arguments;
    for_each_index(s.c.count, s.c.extent, [&](const int* at) {
        double a = s.alpha_a * (double)load(s.a.format, s.from_a, offset_of(s.a, at));
        double b = unary(s.operation) ? 0 : s.alpha_b * (double)load(s.b.format, s.from_b, offset_of(s.b, at));
        s.blend.into(s.c, s.to, offset_of(s.c, at), combine(s.operation, a, b));
    });
}

// c = alpha a + beta c, with a's single entries repeated: also changes of layout and of type.
void run_add(const void* arguments) {
    const SumWork& s = *(const SumWork*)arguments;
    for_each_index(s.c.count, s.c.extent, [&](const int* at) { s.blend.into(s.c, s.to, offset_of(s.c, at), load(s.a.format, s.from_a, offset_of(s.a, at))); });
}

void run_set(const void* arguments) {
    const SumWork& s = *(const SumWork*)arguments;
    for_each_index(s.c.count, s.c.extent, [&](const int* at) { store(s.c.format, s.to, offset_of(s.c, at), s.alpha_a); });
}

void run_scale(const void* arguments) {
    const SumWork& s = *(const SumWork*)arguments;
    for_each_index(s.c.count, s.c.extent, [&](const int* at) {
        store(s.c.format, s.to, offset_of(s.c, at), s.alpha_a * load(s.c.format, s.to, offset_of(s.c, at)));
    });
}

int check_repeats(const char* what, const Layout& small, const Layout& whole) {
    if (small.count != whole.count) return refuse(CUDNN_STATUS_BAD_PARAM, "%s has %d dimensions, c has %d", what, small.count, whole.count);
    for (int i = 0; i < whole.count; i++) {
        if (small.extent[i] != 1 && small.extent[i] != whole.extent[i]) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "dimension %d of %s is %d, expected 1 or %d", i, what, small.extent[i], whole.extent[i]);
        }
    }
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnActivationForward(cudnnHandle_t handle, cudnnActivationDescriptor_t activation, const void* alpha, cudnnTensorDescriptor_t x_descriptor,
                                 const void* x, const void* beta, cudnnTensorDescriptor_t y_descriptor, void* y) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        ActivationWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(activation, &work.how)) return bad;
        if (int bad = find(x_descriptor, "x", &work.x)) return bad;
        if (int bad = find(y_descriptor, "y", &work.y)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (!work.x.same_extents(work.y) || work.x.format != work.y.format) return refuse(CUDNN_STATUS_BAD_PARAM, "x and y differ in extents or type");
        if (x == y && !(work.x == work.y)) return refuse(CUDNN_STATUS_BAD_PARAM, "x and y are one tensor with two layouts");
        work.in = (uintptr_t)x;
        work.out = (uintptr_t)y;
        return cudnn_status(enqueue_work("cudnnActivationForward", h->stream, run_activation, work, pair_of("x", work.x, x, "y", work.y, y, work.blend)));
    });
}

CUDNN_API cudnnActivationBackward(cudnnHandle_t handle, cudnnActivationDescriptor_t activation, const void* alpha, cudnnTensorDescriptor_t y_descriptor,
                                  const void* y, cudnnTensorDescriptor_t dy_descriptor, const void* dy, cudnnTensorDescriptor_t x_descriptor, const void* x,
                                  const void* beta, cudnnTensorDescriptor_t dx_descriptor, void* dx) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        ActivationWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(activation, &work.how)) return bad;
        if (int bad = find(x_descriptor, "x", &work.x)) return bad;
        if (int bad = find(y_descriptor, "y", &work.y)) return bad;
        if (int bad = find(dy_descriptor, "dy", &work.dy)) return bad;
        if (int bad = find(dx_descriptor, "dx", &work.dx)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (!work.x.same_extents(work.y) || !(work.y == work.dy) || !(work.x == work.dx)) {
            return refuse(CUDNN_STATUS_BAD_PARAM, "y and dy, and x and dx, must have the same extents, strides and type");
        }
        work.in = (uintptr_t)x;
        work.out = (uintptr_t)y;
        work.gradient = (uintptr_t)dy;
        work.input_gradient = (uintptr_t)dx;
        std::vector<Range> ranges = pair_of("dy", work.dy, dy, "dx", work.dx, dx, work.blend);
        // x and y may be one tensor (an activation in place), and dx may be either of them.
        if (x != dx) ranges.push_back(range_of("x", work.x, x, RANGE_READS));
        if (y != dx) ranges.push_back(range_of("y", work.y, y, RANGE_READS));
        return cudnn_status(enqueue_work("cudnnActivationBackward", h->stream, run_activation_backward, work, ranges));
    });
}

CUDNN_API cudnnAddTensor(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t a_descriptor, const void* a, const void* beta,
                         cudnnTensorDescriptor_t c_descriptor, void* c) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        SumWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(a_descriptor, "a", &work.a)) return bad;
        if (int bad = find(c_descriptor, "c", &work.c)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (int bad = check_repeats("a", work.a, work.c)) return bad;
        if (work.a.format != work.c.format) return refuse(CUDNN_STATUS_BAD_PARAM, "a and c differ in type");
        work.from_a = (uintptr_t)a;
        work.to = (uintptr_t)c;
        return cudnn_status(enqueue_work("cudnnAddTensor", h->stream, run_add, work, pair_of("a", work.a, a, "c", work.c, c, work.blend)));
    });
}

CUDNN_API cudnnTransformTensor(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x_descriptor, const void* x, const void* beta,
                               cudnnTensorDescriptor_t y_descriptor, void* y) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        SumWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(x_descriptor, "x", &work.a)) return bad;
        if (int bad = find(y_descriptor, "y", &work.c)) return bad;
        if (int bad = blend_of(alpha, beta, &work.blend)) return bad;
        if (!work.a.same_extents(work.c)) return refuse(CUDNN_STATUS_BAD_PARAM, "x and y differ in extents");
        work.from_a = (uintptr_t)x;
        work.to = (uintptr_t)y;
        return cudnn_status(enqueue_work("cudnnTransformTensor", h->stream, run_add, work,
                                         {range_of("x", work.a, x, RANGE_READS), range_of("y", work.c, y, work.blend.access())}));
    });
}

CUDNN_API cudnnOpTensor(cudnnHandle_t handle, cudnnOpTensorDescriptor_t operation, const void* alpha_a, cudnnTensorDescriptor_t a_descriptor, const void* a,
                        const void* alpha_b, cudnnTensorDescriptor_t b_descriptor, const void* b, const void* beta, cudnnTensorDescriptor_t c_descriptor, void* c) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        TensorOperation how;
        SumWork work{};
        const float one = 1;
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(operation, &how)) return bad;
        if (int bad = find(a_descriptor, "a", &work.a)) return bad;
        if (int bad = find(c_descriptor, "c", &work.c)) return bad;
        if (int bad = blend_of(&one, beta, &work.blend)) return bad;
        bool two = !unary(how.operation);
        if (!alpha_a || (two && !alpha_b)) return refuse(CUDNN_STATUS_BAD_PARAM, "a factor is a null pointer");
        if (!work.a.same_extents(work.c)) return refuse(CUDNN_STATUS_BAD_PARAM, "a and c differ in extents");
        work.operation = how.operation;
        work.alpha_a = *(const float*)alpha_a;
        work.from_a = (uintptr_t)a;
        work.to = (uintptr_t)c;
        std::vector<Range> ranges = pair_of("a", work.a, a, "c", work.c, c, work.blend);
        if (two) {
            if (int bad = find(b_descriptor, "b", &work.b)) return bad;
            if (int bad = check_repeats("b", work.b, work.c)) return bad;
            if (b == c && !(work.b == work.c)) return refuse(CUDNN_STATUS_BAD_PARAM, "b and c are one tensor with two layouts");
            work.alpha_b = *(const float*)alpha_b;
            work.from_b = (uintptr_t)b;
            if (b == c) ranges.back().access |= RANGE_READS;
            else ranges.push_back(range_of("b", work.b, b, RANGE_READS));
        }
        return cudnn_status(enqueue_work("cudnnOpTensor", h->stream, run_sum, work, ranges));
    });
}

CUDNN_API cudnnSetTensor(cudnnHandle_t handle, cudnnTensorDescriptor_t y_descriptor, void* y, const void* value) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        SumWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(y_descriptor, "y", &work.c)) return bad;
        if (!value) return refuse(CUDNN_STATUS_BAD_PARAM, "the value's pointer is null");
        work.alpha_a = load(work.c.format, (uintptr_t)value, 0);
        work.to = (uintptr_t)y;
        return cudnn_status(enqueue_work("cudnnSetTensor", h->stream, run_set, work, {range_of("y", work.c, y, RANGE_WRITES)}));
    });
}

CUDNN_API cudnnScaleTensor(cudnnHandle_t handle, cudnnTensorDescriptor_t y_descriptor, void* y, const void* alpha) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        SumWork work{};
        if (int bad = find(handle, &h)) return bad;
        if (int bad = find(y_descriptor, "y", &work.c)) return bad;
        if (!alpha) return refuse(CUDNN_STATUS_BAD_PARAM, "alpha is a null pointer");
        work.alpha_a = *(const float*)alpha;
        work.to = (uintptr_t)y;
        return cudnn_status(enqueue_work("cudnnScaleTensor", h->stream, run_scale, work, {range_of("y", work.c, y, RANGE_READS | RANGE_WRITES)}));
    });
}
