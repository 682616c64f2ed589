#include "device.h"
#include "cudnn_calls.h"

using namespace cuemu;

namespace {

// (2, 3, 2, 2), channels last: element ((n 2 + h) 2 + w) 3 + c.
constexpr int CHANNELS = 3, POSITIONS = 8, ELEMENTS = CHANNELS * POSITIONS;

struct Moments {
    double mean, variance;
};
Moments moments(const Floats& x, int c) {
    Moments m{0, 0};
    for (int i = 0; i < POSITIONS; i++) m.mean += x[(size_t)(i * CHANNELS + c)] / (double)POSITIONS;
    for (int i = 0; i < POSITIONS; i++) m.variance += std::pow(x[(size_t)(i * CHANNELS + c)] - m.mean, 2) / POSITIONS;
    return m;
}

}  // namespace

TEST(batch_norm_normalises_saves_and_runs_its_averages) {
    cudnnHandle_t handle = open_cudnn();
    auto image = tensor(2, CHANNELS, 2, 2, CUDNN_TENSOR_NHWC), parameters = tensor(1, CHANNELS, 1, 1);
    const Floats x = random_floats(ELEMENTS, 1), scale{1, 2, -3}, bias{0.5, 0, 1}, mean{1, 1, 1}, variance{2, 2, 2};
    const double epsilon = 1e-5, factor = 0.25;
    float *in = to_device(x), *y = new_device(ELEMENTS), *running_mean = to_device(mean), *running_variance = to_device(variance);
    float *saved_mean = new_device(3), *saved_inverse = new_device(3), *s = to_device(scale), *b = to_device(bias);
    std::vector<double> expected(ELEMENTS), means, inverses, running_means, running_variances;
    for (size_t c = 0; c < CHANNELS; c++) {
        Moments m = moments(x, (int)c);
        means.push_back(m.mean);
        inverses.push_back(1 / std::sqrt(m.variance + epsilon));
        running_means.push_back(0.75 + 0.25 * m.mean);
        running_variances.push_back(1.5 + 0.25 * m.variance * POSITIONS / (POSITIONS - 1));
        for (size_t i = 0; i < POSITIONS; i++) expected[i * CHANNELS + c] = (x[i * CHANNELS + c] - m.mean) * inverses[c] * scale[c] + bias[c];
    }
    GOOD(cudnnBatchNormalizationForwardTraining(handle, CUDNN_BATCHNORM_SPATIAL, &ONE, &ZERO, image, in, image, y, parameters, s, b, factor, running_mean,
                                                running_variance, epsilon, saved_mean, saved_inverse));
    EXPECT_NEAR(expected, from_device(y, ELEMENTS), 1e-6);
    EXPECT_NEAR(means, from_device(saved_mean, 3), 1e-6);
    EXPECT_NEAR(inverses, from_device(saved_inverse, 3), 1e-6);
    EXPECT_NEAR(running_means, from_device(running_mean, 3), 1e-6);
    EXPECT_NEAR(running_variances, from_device(running_variance, 3), 1e-6);
    for (size_t c = 0; c < CHANNELS; c++) {
        for (size_t i = 0; i < POSITIONS; i++) {
            expected[i * CHANNELS + c] = (x[i * CHANNELS + c] - running_means[c]) / std::sqrt(running_variances[c] + epsilon) * scale[c] + bias[c];
        }
    }
    GOOD(cudnnBatchNormalizationForwardInference(handle, CUDNN_BATCHNORM_SPATIAL, &ONE, &ZERO, image, in, image, y, parameters, s, b, running_mean,
                                                 running_variance, epsilon));
    EXPECT_NEAR(expected, from_device(y, ELEMENTS), 1e-6);
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnBatchNormalizationForwardInference(handle, CUDNN_BATCHNORM_SPATIAL, &ONE, &ZERO, image, in, image, y, parameters, s, b,
                                                                           running_mean, running_variance, -1));
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnBatchNormalizationForwardInference(handle, 0, &ONE, &ZERO, image, in, image, y, parameters, s, b, running_mean,
                                                                               running_variance, epsilon));
}

TEST(the_gradients_of_batch_norm_are_central_differences) {
    cudnnHandle_t handle = open_cudnn();
    auto image = tensor(2, CHANNELS, 2, 2, CUDNN_TENSOR_NHWC), parameters = tensor(1, CHANNELS, 1, 1);
    const Floats x = random_floats(ELEMENTS, 1), dy = random_floats(ELEMENTS, 2), scale{1, 2, -3};
    const double epsilon = 1e-3;
    auto loss = [&](size_t changed, double change) {
        double sum = 0;
        for (int c = 0; c < CHANNELS; c++) {
            std::vector<double> values;
            double mean = 0, variance = 0;
            for (size_t i = (size_t)c; i < ELEMENTS; i += CHANNELS) values.push_back(x[i] + (i == changed ? change : 0));
            for (double v : values) mean += v / POSITIONS;
            for (double v : values) variance += (v - mean) * (v - mean) / POSITIONS;
            for (size_t i = 0; i < POSITIONS; i++) sum += dy[i * CHANNELS + (size_t)c] * scale[(size_t)c] * (values[i] - mean) / std::sqrt(variance + epsilon);
        }
        return sum;
    };
    std::vector<double> expected(ELEMENTS), expected_scale(3), expected_bias(3);
    for (size_t i = 0; i < ELEMENTS; i++) {
        Moments m = moments(x, (int)(i % CHANNELS));
        expected[i] = (loss(i, 1e-5) - loss(i, -1e-5)) / 2e-5;
        expected_scale[i % CHANNELS] += dy[i] * (x[i] - m.mean) / std::sqrt(m.variance + epsilon);
        expected_bias[i % CHANNELS] += dy[i];
    }
    float *in = to_device(x), *gradient = to_device(dy), *s = to_device(scale), *dx = new_device(ELEMENTS), *ds = to_device(Floats(3, 1)), *db = to_device(Floats(3, 1));
    GOOD(cudnnBatchNormalizationBackward(handle, CUDNN_BATCHNORM_SPATIAL, &ONE, &ZERO, &ONE, &ONE, image, in, image, gradient, image, dx, parameters, s, ds, db,
                                         epsilon, nullptr, nullptr));
    for (int c = 0; c < 3; c++) {
        expected_scale[(size_t)c] += 1;
        expected_bias[(size_t)c] += 1;
    }
    EXPECT_NEAR(expected, from_device(dx, ELEMENTS), 1e-6);
    EXPECT_NEAR(expected_scale, from_device(ds, 3), 1e-6);
    EXPECT_NEAR(expected_bias, from_device(db, 3), 1e-6);
}

namespace {

cudnnPoolingDescriptor_t pooling(int mode, int window, int pad, int stride) {
    cudnnPoolingDescriptor_t made;
    GOOD(cudnnCreatePoolingDescriptor(&made));
    GOOD(cudnnSetPooling2dDescriptor(made, mode, 0, window, window, pad, pad, stride, stride));
    return made;
}

// dx of a 2x2 maximum over a 3x3 image, stride 1, whose windows overlap and tie.
Floats gradient_with_ties() {
    cudnnHandle_t handle = open_cudnn();
    auto x = tensor(1, 1, 3, 3), y = tensor(1, 1, 2, 2);
    auto how = pooling(CUDNN_POOLING_MAX_DETERMINISTIC, 2, 0, 1);
    float *in = to_device(Floats{1, 5, 2, 5, 5, 3, 0, 5, 9}), *out = new_device(4), *dy = to_device(Floats{1, 10, 100, 1000}), *dx = new_device(9);
    GOOD(cudnnPoolingForward(handle, how, &ONE, x, in, &ZERO, y, out));
    EXPECT_NEAR((std::vector<double>{5, 5, 5, 9}), from_device(out, 4), 0);
    GOOD(cudnnPoolingBackward(handle, how, &ONE, y, out, y, dy, x, in, &ZERO, x, dx));
    return from_device(dx, 9);
}

}  // namespace

TEST(the_first_of_equal_maxima_takes_the_gradient) { EXPECT_NEAR((std::vector<double>{0, 11, 0, 100, 0, 0, 0, 0, 1000}), gradient_with_ties(), 0); }
TEST_WITH(the_last_of_equal_maxima_takes_the_gradient_when_asked, "CUEMU_POOL_TIES=last") {
    EXPECT_NEAR((std::vector<double>{0, 0, 0, 0, 11, 0, 0, 100, 1000}), gradient_with_ties(), 0);
}

TEST(averages_count_the_padding_or_not) {
    cudnnHandle_t handle = open_cudnn();
    auto x = tensor(1, 1, 2, 2), y = tensor(1, 1, 2, 2);
    float *in = to_device(Floats{1, 2, 3, 4}), *out = new_device(4), *dx = new_device(4), *dy = to_device(Floats{4, 8, 12, 16});
    GOOD(cudnnPoolingForward(handle, pooling(CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING, 2, 1, 2), &ONE, x, in, &ZERO, y, out));
    EXPECT_NEAR((std::vector<double>{0.25, 0.5, 0.75, 1}), from_device(out, 4), 0);
    auto exclude = pooling(CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING, 2, 1, 2);
    GOOD(cudnnPoolingForward(handle, exclude, &ONE, x, in, &ZERO, y, out));
    EXPECT_NEAR((std::vector<double>{1, 2, 3, 4}), from_device(out, 4), 0);
    GOOD(cudnnPoolingBackward(handle, exclude, &ONE, y, out, y, dy, x, in, &ZERO, x, dx));
    EXPECT_NEAR((std::vector<double>{4, 8, 12, 16}), from_device(dx, 4), 0);
    auto whole = pooling(CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING, 2, 0, 2);
    auto one = tensor(1, 1, 1, 1);
    GOOD(cudnnPoolingBackward(handle, whole, &ONE, one, out, one, dy, x, in, &ZERO, x, dx));
    EXPECT_NEAR((std::vector<double>{1, 1, 1, 1}), from_device(dx, 4), 0);
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnPoolingForward(handle, whole, &ONE, x, in, &ZERO, y, out));
}

TEST(relu_passes_gradients_where_its_input_is_positive) {
    cudnnHandle_t handle = open_cudnn();
    cudnnActivationDescriptor_t relu;
    GOOD(cudnnCreateActivationDescriptor(&relu));
    GOOD(cudnnSetActivationDescriptor(relu, CUDNN_ACTIVATION_RELU, 0, 0));
    auto t = tensor(1, 4, 1, 1);
    float *x = to_device(Floats{-1, 0, 2, 3}), *y = new_device(4), *dy = to_device(Floats{5, 6, 7, 8}), *dx = new_device(4);
    GOOD(cudnnActivationForward(handle, relu, &ONE, t, x, &ZERO, t, y));
    EXPECT_NEAR((std::vector<double>{0, 0, 2, 3}), from_device(y, 4), 0);
    GOOD(cudnnActivationBackward(handle, relu, &ONE, t, y, t, dy, t, x, &ZERO, t, dx));
    EXPECT_NEAR((std::vector<double>{0, 0, 7, 8}), from_device(dx, 4), 0);
    GOOD(cudnnActivationForward(handle, relu, &ONE, t, x, &ZERO, t, x));  // in place
    EXPECT_NEAR((std::vector<double>{0, 0, 2, 3}), from_device(x, 4), 0);
    GOOD(cudnnActivationBackward(handle, relu, &ONE, t, x, t, dy, t, x, &ZERO, t, dy));
    EXPECT_NEAR((std::vector<double>{0, 0, 7, 8}), from_device(dy, 4), 0);
}

TEST(tensors_are_added_scaled_filled_and_laid_out_anew) {
    cudnnHandle_t handle = open_cudnn();
    auto t = tensor(1, 2, 1, 2), channel = tensor(1, 2, 1, 1), last = tensor(1, 2, 1, 2, CUDNN_TENSOR_NHWC);
    float *c = to_device(Floats{1, 2, 3, 4}), *a = to_device(Floats{10, 20}), *y = new_device(4);
    const float two = 2, seven = 7;
    GOOD(cudnnAddTensor(handle, &two, channel, a, &ONE, t, c));
    EXPECT_NEAR((std::vector<double>{21, 22, 43, 44}), from_device(c, 4), 0);
    GOOD(cudnnTransformTensor(handle, &ONE, t, c, &ZERO, last, y));
    EXPECT_NEAR((std::vector<double>{21, 43, 22, 44}), from_device(y, 4), 0);
    GOOD(cudnnScaleTensor(handle, t, y, &two));
    EXPECT_NEAR((std::vector<double>{42, 86, 44, 88}), from_device(y, 4), 0);
    cudnnOpTensorDescriptor_t product;
    GOOD(cudnnCreateOpTensorDescriptor(&product));
    GOOD(cudnnSetOpTensorDescriptor(product, CUDNN_OP_TENSOR_MUL, CUDNN_DATA_FLOAT, 0));
    GOOD(cudnnOpTensor(handle, product, &ONE, t, y, &two, channel, a, &ZERO, t, c));
    EXPECT_NEAR((std::vector<double>{840, 1720, 1760, 3520}), from_device(c, 4), 0);
    GOOD(cudnnSetTensor(handle, t, c, &seven));
    EXPECT_NEAR((std::vector<double>{7, 7, 7, 7}), from_device(c, 4), 0);
}

TEST(sums_and_softmax_run_over_their_dimensions) {
    cudnnHandle_t handle = open_cudnn();
    auto t = tensor(2, 3, 1, 1), sums = tensor(1, 3, 1, 1);
    float *a = to_device(Floats{1, 2, 3, 4, 5, 6}), *c = new_device(6), *workspace = new_device(256), *dx = new_device(6);
    cudnnReduceTensorDescriptor_t sum;
    GOOD(cudnnCreateReduceTensorDescriptor(&sum));
    GOOD(cudnnSetReduceTensorDescriptor(sum, CUDNN_REDUCE_TENSOR_ADD, CUDNN_DATA_FLOAT, 0, 0, 0));
    GOOD(cudnnReduceTensor(handle, sum, nullptr, 0, workspace, 1024, &ONE, t, a, &ZERO, sums, c));
    EXPECT_NEAR((std::vector<double>{5, 7, 9}), from_device(c, 3), 0);
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnReduceTensor(handle, sum, nullptr, 0, nullptr, 0, &ONE, t, a, &ZERO, sums, c));
    GOOD(cudnnSoftmaxForward(handle, 1, CUDNN_SOFTMAX_MODE_CHANNEL, &ONE, t, a, &ZERO, t, c));
    double e = std::exp(1.0), total = 1 + e + e * e;
    std::vector<double> p{1 / total, e / total, e * e / total, 1 / total, e / total, e * e / total};
    EXPECT_NEAR(p, from_device(c, 6), 1e-7);
    float* dy = to_device(Floats{1, 0, 0, 0, 0, 1});
    GOOD(cudnnSoftmaxBackward(handle, 1, CUDNN_SOFTMAX_MODE_CHANNEL, &ONE, t, c, t, dy, &ZERO, t, dx));
    EXPECT_NEAR((std::vector<double>{p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2], -p[2] * p[0], -p[2] * p[1], p[2] * (1 - p[2])}), from_device(dx, 6), 1e-7);
}

TEST(stale_descriptors_and_handles_are_refused) {
    cudnnHandle_t handle = open_cudnn();
    auto t = tensor(1, 1, 1, 1);
    float* x = to_device(Floats{1});
    GOOD(cudnnScaleTensor(handle, t, x, &ONE));
    EXPECT(CUDNN_STATUS_NOT_SUPPORTED, cudnnSetTensor4dDescriptor(t, CUDNN_TENSOR_NCHW, 1, 1, 1, 1, 1));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnSetTensor4dDescriptor(t, CUDNN_TENSOR_NCHW, 0, 1, 0, 1, 1));
    GOOD(cudnnDestroyTensorDescriptor(t));
    EXPECT(CUDNN_STATUS_BAD_PARAM, cudnnScaleTensor(handle, t, x, &ONE));
    GOOD(cudnnDestroy(handle));
    EXPECT(CUDNN_STATUS_NOT_INITIALIZED, cudnnSetStream(handle, nullptr));
}
