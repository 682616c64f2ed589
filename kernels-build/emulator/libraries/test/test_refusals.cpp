// What the stand-in for cuDNN refuses: as cuDNN 9.24 does, and by CUEMU_CUDNN_REFUSE.
#include "device.h"
#include "cudnn_calls.h"

namespace {

enum Direction { FORWARD, DATA, FILTER };

// A convolution with a square kernel of channels-last images, and the memory for it.
struct Asked {
    cudnnHandle_t handle = open_cudnn();
    cudnnTensorDescriptor_t x, y;
    cudnnFilterDescriptor_t w;
    cudnnConvolutionDescriptor_t how;
    float *images, *filter, *result, *workspace = new_device(1 << 16);

    Asked(int h, int w_extent, int c, int k, int kernel, int pad, int filter_format, int type = CUDNN_DATA_FLOAT) {
        const int oh = h + 2 * pad - kernel + 1, ow = w_extent + 2 * pad - kernel + 1;
        x = tensor(2, c, h, w_extent, CUDNN_TENSOR_NHWC, type);
        y = tensor(2, k, oh, ow, CUDNN_TENSOR_NHWC, type);
        GOOD(cudnnCreateFilterDescriptor(&w));
        GOOD(cudnnSetFilter4dDescriptor(w, type, filter_format, k, c, kernel, kernel));
        GOOD(cudnnCreateConvolutionDescriptor(&how));
        GOOD(cudnnSetConvolution2dDescriptor(how, pad, pad, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
        GOOD(cudnnSetConvolutionMathType(how, CUDNN_FMA_MATH));
        images = to_device(Floats((size_t)(2 * c * h * w_extent), 1));
        filter = to_device(Floats((size_t)(k * c * kernel * kernel), 1));
        result = to_device(Floats((size_t)(2 * k * oh * ow), 1));
    }

    int question(Direction direction, int algorithm) {
        size_t bytes;
        switch (direction) {
            case FORWARD: return cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, how, y, algorithm, &bytes);
            case DATA: return cudnnGetConvolutionBackwardDataWorkspaceSize(handle, w, y, how, x, algorithm, &bytes);
            default: return cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, x, y, how, w, algorithm, &bytes);
        }
    }

    int call(Direction direction, int algorithm) {
        const size_t bytes = 4 << 16;
        switch (direction) {
            case FORWARD: return cudnnConvolutionForward(handle, &ONE, x, images, w, filter, how, algorithm, workspace, bytes, &ZERO, y, result);
            case DATA: return cudnnConvolutionBackwardData(handle, &ONE, w, filter, y, result, how, algorithm, workspace, bytes, &ZERO, x, images);
            default: return cudnnConvolutionBackwardFilter(handle, &ONE, x, images, y, result, how, algorithm, workspace, bytes, &ZERO, w, filter);
        }
    }

    // The status of question and call, which must be one.
    int status(Direction direction, int algorithm) {
        const int asked = question(direction, algorithm);
        EXPECT(asked, call(direction, algorithm));
        return asked;
    }
};

constexpr int NO = CUDNN_STATUS_NOT_SUPPORTED;

}  // namespace

TEST(algorithm_1_refuses_the_gradient_of_a_channels_last_filter_with_one_output_channel_or_position) {
    for (int type : {CUDNN_DATA_FLOAT, CUDNN_DATA_BFLOAT16}) {
        Asked one_channel(6, 5, 3, 1, 3, 1, CUDNN_TENSOR_NHWC, type), one_position(5, 5, 3, 2, 5, 0, CUDNN_TENSOR_NHWC, type);
        for (Asked* asked : {&one_channel, &one_position}) {
            EXPECT(NO, asked->status(FILTER, 1));
            EXPECT(0, asked->status(FILTER, 0));
            EXPECT(0, asked->status(FORWARD, 1));
            EXPECT(0, asked->status(DATA, 1));
        }
        EXPECT(0, Asked(6, 5, 3, 1, 3, 1, CUDNN_TENSOR_NCHW, type).status(FILTER, 1));
        EXPECT(0, Asked(5, 5, 3, 2, 5, 0, CUDNN_TENSOR_NCHW, type).status(FILTER, 1));
        EXPECT(0, Asked(6, 5, 3, 1, 1, 0, CUDNN_TENSOR_NHWC, type).status(FILTER, 1));  // a kernel of one
        EXPECT(0, Asked(6, 5, 3, 2, 3, 1, CUDNN_TENSOR_NHWC, type).status(FILTER, 1));
    }
}

TEST(algorithm_1_refuses_a_kernel_that_is_larger_than_the_images) {
    for (int format : {CUDNN_TENSOR_NHWC, CUDNN_TENSOR_NCHW}) {
        Asked low(4, 6, 3, 2, 5, 2, format), narrow(6, 4, 3, 2, 5, 2, format), as_large(5, 5, 3, 2, 5, 2, format);
        EXPECT(NO, low.status(FORWARD, 1));
        EXPECT(NO, narrow.status(FORWARD, 1));
        EXPECT(0, narrow.status(FORWARD, 0));
        EXPECT(0, narrow.status(DATA, 1));
        EXPECT(0, narrow.status(FILTER, 1));
        EXPECT(0, as_large.status(FORWARD, 1));
    }
}

TEST_WITH(everything_is_refused_where_that_is_planned, "CUEMU_CUDNN_REFUSE=all") {
    Asked asked(6, 6, 3, 2, 3, 1, CUDNN_TENSOR_NHWC);
    char text[256];
    for (Direction direction : {FORWARD, DATA, FILTER}) {
        for (int algorithm : {0, 1}) EXPECT(NO, asked.status(direction, algorithm));
    }
    cudnnGetLastErrorString(text, sizeof text);
    EXPECT_IN("this refusal of algorithm 1 was planned by CUEMU_CUDNN_REFUSE", text);
}

TEST_WITH(a_planned_refusal_may_be_of_the_question_alone, "CUEMU_CUDNN_REFUSE=question") {
    Asked asked(6, 6, 3, 2, 3, 1, CUDNN_TENSOR_NHWC);
    EXPECT(NO, asked.question(FORWARD, 1));
    EXPECT(0, asked.call(FORWARD, 1));
}

TEST_WITH(a_planned_refusal_may_be_of_the_call_alone, "CUEMU_CUDNN_REFUSE=call=2005") {
    Asked asked(6, 6, 3, 2, 3, 1, CUDNN_TENSOR_NHWC);
    EXPECT(0, asked.question(FORWARD, 1));
    EXPECT(2005, asked.call(FORWARD, 1));
}

TEST_WITH(planned_refusals_may_name_direction_algorithm_and_layout, "CUEMU_CUDNN_REFUSE=all:forward=3002,question:filter:1:nhwc,nonsense,all:data:1:x") {
    Asked last(6, 6, 3, 2, 3, 1, CUDNN_TENSOR_NHWC), first(6, 6, 3, 2, 3, 1, CUDNN_TENSOR_NCHW);
    EXPECT(3002, last.status(FORWARD, 0));
    EXPECT(3002, first.status(FORWARD, 1));
    EXPECT(0, last.status(DATA, 1));
    EXPECT(NO, last.question(FILTER, 1));
    EXPECT(0, last.call(FILTER, 1));
    EXPECT(0, last.status(FILTER, 0));
    EXPECT(0, first.status(FILTER, 1));
}
