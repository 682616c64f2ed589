// The part of the cuDNN 9 binary interface that the stand-in offers. Numbers, layouts and signatures are those of the cuDNN library reference, version 9;
// enumerations are passed as int.
#pragma once

#include "../library.h"

typedef struct cudnnContext* cudnnHandle_t;
typedef struct cudnnTensorStruct* cudnnTensorDescriptor_t;
typedef struct cudnnFilterStruct* cudnnFilterDescriptor_t;
typedef struct cudnnConvolutionStruct* cudnnConvolutionDescriptor_t;

enum : int {
    CUDNN_STATUS_SUCCESS = 0,
    CUDNN_STATUS_NOT_INITIALIZED = 1001,
    CUDNN_STATUS_BAD_PARAM = 2000,
    CUDNN_STATUS_NOT_SUPPORTED = 3000,
    CUDNN_STATUS_EXECUTION_FAILED = 5000,

    CUDNN_DATA_FLOAT = 0,
    CUDNN_DATA_BFLOAT16 = 9,

    CUDNN_TENSOR_NCHW = 0,
    CUDNN_TENSOR_NHWC = 1,

    CUDNN_CROSS_CORRELATION = 1,

    CUDNN_DEFAULT_MATH = 0,
    CUDNN_TENSOR_OP_MATH = 1,
    CUDNN_FMA_MATH = 3,
};

#define CUDNN_API LIBRARY_API int
