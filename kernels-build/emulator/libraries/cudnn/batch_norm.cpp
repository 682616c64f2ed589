// Batch normalisation over the samples and positions of each channel.
#include <cmath>

#include "tensors.h"

namespace cuemu {

namespace {

struct NormWork {
    Layout x, y, parameters;  // y: the output, or the output's gradient
    Layout dx;
    Blend blend, parameter_blend;
    double factor, epsilon;
    uintptr_t in, out;                          // x, y
    uintptr_t scale, bias;
    uintptr_t mean, variance;                   // running ones, or the estimated ones; 0 if there are none
    uintptr_t saved_mean, saved_inverse;        // 0 if there are none
    uintptr_t gradient, input_gradient;         // dy, dx
    uintptr_t scale_gradient, bias_gradient;
};

float& entry_of(uintptr_t base, const NormWork& w, int c) { return ((float*)base)[(size_t)c * (size_t)w.parameters.stride[1]]; }

template <class Body>
void for_each_of_channel(const Layout& x, int c, Body&& body) {
    int extents[CUDNN_DIM_MAX];
    for (int i = 0; i < x.count; i++) extents[i] = i == 1 ? 1 : x.extent[i];
    for_each_index(x.count, extents, [&](const int* index) {
        int at[CUDNN_DIM_MAX];
        for (int i = 0; i < x.count; i++) at[i] = i == 1 ? c : index[i];
        body(at);
    });
}

double count_of(const Layout& x) { return (double)(x.elements() / (size_t)x.extent[1]); }

struct Moments {
    double mean, variance;
};

Moments moments(const NormWork& w, int c) {
    double sum = 0, squares = 0;
    for_each_of_channel(w.x, c, [&](const int* at) { sum += load(w.x.format, w.in, offset_of(w.x, at)); });
    double mean = sum / count_of(w.x);
    for_each_of_channel(w.x, c, [&](const int* at) {
        double apart = load(w.x.format, w.in, offset_of(w.x, at)) - mean;
        squares += apart * apart;
    });
    return {mean, squares / count_of(w.x)};
}

void normalise(const NormWork& w, int c, double mean, double inverse) {
    double scale = entry_of(w.scale, w, c), bias = entry_of(w.bias, w, c);
    for_each_of_channel(w.x, c, [&](const int* at) {
        double value = (load(w.x.format, w.in, offset_of(w.x, at)) - mean) * inverse * scale + bias;
        w.blend.into(w.y, w.out, offset_of(w.y, at), value);
    });
}

void run_training(const void* arguments) {
    const NormWork& w = *(const NormWork*)arguments;
    for (int c = 0; c < w.x.extent[1]; c++) {
        Moments m = moments(w, c);
        double inverse = 1 / std::sqrt(m.variance + w.epsilon), count = count_of(w.x);
        normalise(w, c, m.mean, inverse);
        if (w.mean) {
            // The running variance is that of a sample; a first call with factor 1 must not read what nothing wrote.
            double unbiased = count > 1 ? m.variance * count / (count - 1) : m.variance;
            float& mean = entry_of(w.mean, w, c);
            float& variance = entry_of(w.variance, w, c);
            mean = (float)(w.factor == 1 ? m.mean : mean * (1 - w.factor) + m.mean * w.factor);
            variance = (float)(w.factor == 1 ? unbiased : variance * (1 - w.factor) + unbiased * w.factor);
        }
        if (w.saved_mean) {
            entry_of(w.saved_mean, w, c) = (float)m.mean;
            entry_of(w.saved_inverse, w, c) = (float)inverse;
        }
    }
}

void run_inference(const void* arguments) {
    const NormWork& w = *(const NormWork*)arguments;
    for (int c = 0; c < w.x.extent[1]; c++) normalise(w, c, entry_of(w.mean, w, c), 1 / std::sqrt((double)entry_of(w.variance, w, c) + w.epsilon));
}

void run_backward(const void* arguments) {
    const NormWork& w = *(const NormWork*)arguments;
    for (int c = 0; c < w.x.extent[1]; c++) {
        double mean, inverse, sum = 0, products = 0, count = count_of(w.x);
        if (w.saved_mean) {
            mean = entry_of(w.saved_mean, w, c);
            inverse = entry_of(w.saved_inverse, w, c);
        } else {
            Moments m = moments(w, c);
            mean = m.mean;
            inverse = 1 / std::sqrt(m.variance + w.epsilon);
        }
        auto normal = [&](const int* at) { return (load(w.x.format, w.in, offset_of(w.x, at)) - mean) * inverse; };
        auto gradient = [&](const int* at) { return (double)load(w.y.format, w.gradient, offset_of(w.y, at)); };
        for_each_of_channel(w.x, c, [&](const int* at) {
            sum += gradient(at);
            products += gradient(at) * normal(at);
        });
        double scale = entry_of(w.scale, w, c);
        for_each_of_channel(w.x, c, [&](const int* at) {
            double value = scale * inverse * (gradient(at) - sum / count - normal(at) * products / count);
            w.blend.into(w.dx, w.input_gradient, offset_of(w.dx, at), value);
        });
        w.parameter_blend.into(w.parameters, w.scale_gradient, (size_t)c * (size_t)w.parameters.stride[1], products);
        w.parameter_blend.into(w.parameters, w.bias_gradient, (size_t)c * (size_t)w.parameters.stride[1], sum);
    }
}

int check(const NormWork& w, int mode) {
    if (mode != CUDNN_BATCHNORM_SPATIAL && mode != CUDNN_BATCHNORM_SPATIAL_PERSISTENT) {
        return refuse(CUDNN_STATUS_NOT_SUPPORTED, "mode %d: only the spatial ones (1, 2) are emulated", mode);
    }
    if (w.x.count != 4 && w.x.count != 5) return refuse(CUDNN_STATUS_BAD_PARAM, "x has %d dimensions, expected 4 or 5", w.x.count);
    if (!w.x.same_extents(w.y) || w.x.format != w.y.format) return refuse(CUDNN_STATUS_BAD_PARAM, "x and y (or dy) differ in extents or type");
    if (w.parameters.format != Format::F32 || w.parameters.extent[1] != w.x.extent[1] || w.parameters.elements() != (size_t)w.x.extent[1]) {
        return refuse(CUDNN_STATUS_BAD_PARAM, "scale and bias must be (1, %d, 1, 1) of floats", w.x.extent[1]);
    }
    if (!(w.epsilon >= 0)) return refuse(CUDNN_STATUS_BAD_PARAM, "epsilon is %g, less than 0", w.epsilon);
    if (!w.saved_mean != !w.saved_inverse) return refuse(CUDNN_STATUS_BAD_PARAM, "the saved mean and inverse deviation must both be null or neither");
    if (!w.mean != !w.variance) return refuse(CUDNN_STATUS_BAD_PARAM, "the running mean and variance must both be null or neither");
    return CUDNN_STATUS_SUCCESS;
}

int read(cudnnHandle_t handle, const void* alpha, const void* beta, cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t y, cudnnTensorDescriptor_t parameters,
         CudnnHandle** h, NormWork* w) {
    if (int bad = find(handle, h)) return bad;
    if (int bad = blend_of(alpha, beta, &w->blend)) return bad;
    if (int bad = find(x, "x", &w->x)) return bad;
    if (int bad = find(y, "y", &w->y)) return bad;
    return find(parameters, "the parameters", &w->parameters);
}

// x and y, which may be the same tensor.
std::vector<Range> image_ranges(const NormWork& w) {
    if (w.in == w.out && w.x == w.y) return {range_of("x", w.x, (void*)w.in, w.blend.access() | RANGE_READS)};
    return {range_of("x", w.x, (void*)w.in, RANGE_READS), range_of("y", w.y, (void*)w.out, w.blend.access())};
}

}  // namespace

}  // namespace cuemu

using namespace cuemu;

CUDNN_API cudnnDeriveBNTensorDescriptor(cudnnTensorDescriptor_t derived, cudnnTensorDescriptor_t x, int mode) {
    Layout layout;
    int status = library_call(__func__, [&]() -> int {
        if (int bad = find(x, "x", &layout)) return bad;
        if (mode != CUDNN_BATCHNORM_SPATIAL && mode != CUDNN_BATCHNORM_SPATIAL_PERSISTENT) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "mode %d", mode);
        return CUDNN_STATUS_SUCCESS;
    });
    int extents[CUDNN_DIM_MAX];
    for (int i = 0; i < layout.count; i++) extents[i] = i == 1 ? layout.extent[1] : 1;
    return status ? status : cudnnSetTensorNdDescriptorEx(derived, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, layout.count, extents);
}

CUDNN_API cudnnBatchNormalizationForwardTraining(cudnnHandle_t handle, int mode, const void* alpha, const void* beta, cudnnTensorDescriptor_t x_descriptor,
                                                 const void* x, cudnnTensorDescriptor_t y_descriptor, void* y, cudnnTensorDescriptor_t parameters,
                                                 const void* scale, const void* bias, double factor, void* running_mean, void* running_variance, double epsilon,
                                                 void* saved_mean, void* saved_inverse) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        NormWork w{};
        if (int bad = read(handle, alpha, beta, x_descriptor, y_descriptor, parameters, &h, &w)) return bad;
        w.factor = factor;
        w.epsilon = epsilon;
        w.in = (uintptr_t)x;
        w.out = (uintptr_t)y;
        w.scale = (uintptr_t)scale;
        w.bias = (uintptr_t)bias;
        w.mean = (uintptr_t)running_mean;
        w.variance = (uintptr_t)running_variance;
        w.saved_mean = (uintptr_t)saved_mean;
        w.saved_inverse = (uintptr_t)saved_inverse;
        if (int bad = check(w, mode)) return bad;
        std::vector<Range> ranges = image_ranges(w);
        const unsigned updated = RANGE_WRITES | (factor == 1 ? 0u : (unsigned)RANGE_READS);
        ranges.push_back(range_of("the scale", w.parameters, scale, RANGE_READS));
        ranges.push_back(range_of("the bias", w.parameters, bias, RANGE_READS));
        if (running_mean) ranges.push_back(range_of("the running mean", w.parameters, running_mean, updated));
        if (running_variance) ranges.push_back(range_of("the running variance", w.parameters, running_variance, updated));
        if (saved_mean) ranges.push_back(range_of("the saved mean", w.parameters, saved_mean, RANGE_WRITES));
        if (saved_inverse) ranges.push_back(range_of("the saved inverse deviation", w.parameters, saved_inverse, RANGE_WRITES));
        return cudnn_status(enqueue_work("cudnnBatchNormalizationForwardTraining", h->stream, run_training, w, ranges));
    });
}

CUDNN_API cudnnBatchNormalizationForwardInference(cudnnHandle_t handle, int mode, const void* alpha, const void* beta, cudnnTensorDescriptor_t x_descriptor,
                                                  const void* x, cudnnTensorDescriptor_t y_descriptor, void* y, cudnnTensorDescriptor_t parameters,
                                                  const void* scale, const void* bias, const void* mean, const void* variance, double epsilon) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        NormWork w{};
        if (int bad = read(handle, alpha, beta, x_descriptor, y_descriptor, parameters, &h, &w)) return bad;
        w.epsilon = epsilon;
        w.in = (uintptr_t)x;
        w.out = (uintptr_t)y;
        w.scale = (uintptr_t)scale;
        w.bias = (uintptr_t)bias;
        w.mean = (uintptr_t)mean;
        w.variance = (uintptr_t)variance;
        if (int bad = check(w, mode)) return bad;
        std::vector<Range> ranges = image_ranges(w);
        for (const auto& [what, address] : {std::pair("the scale", scale), {"the bias", bias}, {"the mean", mean}, {"the variance", variance}}) {
            ranges.push_back(range_of(what, w.parameters, address, RANGE_READS));
        }
        return cudnn_status(enqueue_work("cudnnBatchNormalizationForwardInference", h->stream, run_inference, w, ranges));
    });
}

CUDNN_API cudnnBatchNormalizationBackward(cudnnHandle_t handle, int mode, const void* alpha, const void* beta, const void* parameter_alpha,
                                          const void* parameter_beta, cudnnTensorDescriptor_t x_descriptor, const void* x, cudnnTensorDescriptor_t dy_descriptor,
                                          const void* dy, cudnnTensorDescriptor_t dx_descriptor, void* dx, cudnnTensorDescriptor_t parameters, const void* scale,
                                          void* scale_gradient, void* bias_gradient, double epsilon, const void* saved_mean, const void* saved_inverse) {
    return library_call(__func__, [&]() -> int {
        CudnnHandle* h;
        NormWork w{};
        if (int bad = read(handle, alpha, beta, x_descriptor, dy_descriptor, parameters, &h, &w)) return bad;
        if (int bad = find(dx_descriptor, "dx", &w.dx)) return bad;
        if (int bad = blend_of(parameter_alpha, parameter_beta, &w.parameter_blend)) return bad;
        w.epsilon = epsilon;
        w.in = (uintptr_t)x;
        w.scale = (uintptr_t)scale;
        w.saved_mean = (uintptr_t)saved_mean;
        w.saved_inverse = (uintptr_t)saved_inverse;
        w.gradient = (uintptr_t)dy;
        w.input_gradient = (uintptr_t)dx;
        w.scale_gradient = (uintptr_t)scale_gradient;
        w.bias_gradient = (uintptr_t)bias_gradient;
        if (int bad = check(w, mode)) return bad;
        if (!w.dx.same_extents(w.x) || w.dx.format != w.x.format) return refuse(CUDNN_STATUS_BAD_PARAM, "x and dx differ in extents or type");
        std::vector<Range> ranges{range_of("x", w.x, x, RANGE_READS)};
        if (dy == dx && w.y == w.dx) ranges.push_back(range_of("dx", w.dx, dx, w.blend.access() | RANGE_READS));
        else {
            ranges.push_back(range_of("dy", w.y, dy, RANGE_READS));
            ranges.push_back(range_of("dx", w.dx, dx, w.blend.access()));
        }
        ranges.push_back(range_of("the scale", w.parameters, scale, RANGE_READS));
        ranges.push_back(range_of("the scale's gradient", w.parameters, scale_gradient, w.parameter_blend.access()));
        ranges.push_back(range_of("the bias's gradient", w.parameters, bias_gradient, w.parameter_blend.access()));
        if (saved_mean) ranges.push_back(range_of("the saved mean", w.parameters, saved_mean, RANGE_READS));
        if (saved_inverse) ranges.push_back(range_of("the saved inverse deviation", w.parameters, saved_inverse, RANGE_READS));
        return cudnn_status(enqueue_work("cudnnBatchNormalizationBackward", h->stream, run_backward, w, ranges));
    });
}
